internal import KTSDBModel
internal import PrometheusWire

/// Takes values out of JSON as Go's decoder does, with its error texts.
///
/// `null` counts as not given; of a repeated name the last counts; upper and lower case of names are the same.
struct GoReader {
    /// The members of an object by their names in lower case, without those that are null.
    struct Object {
        fileprivate var members: [String: JSONTree] = [:]

        subscript(name: String) -> JSONTree? { members[name.lowercased()] }
    }

    /// How errors call the body.
    private let body: String

    init(_ body: String) { self.body = body }

    private func mismatch(_ value: JSONTree, _ target: String) -> APIRefusal {
        let kind =
            switch value {
            case .null: "null"
            case .bool: "bool"
            case .number: "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            }
        return .malformed(body, "json: cannot unmarshal \(kind) into \(target)")
    }

    func list(_ value: JSONTree, _ target: String) throws(APIRefusal) -> [JSONTree] {
        switch value {
        case .null: return []
        case .array(let elements): return elements
        default: throw mismatch(value, target)
        }
    }

    func object(_ value: JSONTree, _ target: String) throws(APIRefusal) -> Object {
        switch value {
        case .null: return Object()
        case .object(let members):
            var result = Object()
            for member in members where member.value != .null {
                result.members[member.name.lowercased()] = member.value
            }
            return result
        default: throw mismatch(value, target)
        }
    }

    func text(_ value: JSONTree?, _ target: String) throws(APIRefusal) -> String? {
        guard let value else { return nil }
        guard let text = value.text else { throw mismatch(value, target) }
        return text
    }

    func flag(_ value: JSONTree?, _ target: String) throws(APIRefusal) -> Bool? {
        guard let value else { return nil }
        guard case .bool(let flag) = value else { throw mismatch(value, target) }
        return flag
    }

    /// A map of texts; values that are null are empty.
    func texts(_ value: JSONTree?, _ field: String) throws(APIRefusal) -> [(name: String, value: String)] {
        guard let value else { return [] }
        guard case .object(let members) = value else {
            throw mismatch(value, "Go struct field \(field) of type models.LabelSet")
        }
        var last: [String: Int] = [:], result: [(name: String, value: String)] = []
        for member in members {
            let text = member.value == .null ? "" : member.value.text
            guard let text else { throw mismatch(member.value, "Go struct field \(field) of type string") }
            if let place = last[member.name] {
                result[place].value = text
            } else {
                last[member.name] = result.count
                result.append((member.name, text))
            }
        }
        return result
    }

    /// A time in one of the forms that Alertmanager's framework takes.
    func time(_ value: JSONTree?) throws(APIRefusal) -> WallTime? {
        guard let text = try text(value, "Go value of type string") else { return nil }
        guard let time = APITime.parse(text) else {
            let quoted = goQuoted(text, limit: 100)
            throw .malformed(body, "parsing time \(quoted) as \"2006-01-02\": cannot parse \(quoted) as \"2006\"")
        }
        return time
    }
}
