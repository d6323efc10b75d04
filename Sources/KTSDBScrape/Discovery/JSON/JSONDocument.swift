internal import PrometheusWire

/// A JSON value in an API's answer, as discoveries read it: a value of an unexpected type counts as missing.
struct JSONDocument: Hashable, Sendable {
    let tree: JSONTree

    init(_ tree: JSONTree) { self.tree = tree }

    /// Reads bytes that consist of one value, with optional blanks around it. Members named in `ignored` whose values
    /// are lists or objects are left out, at any depth.
    ///
    /// - Throws: ``DiscoveryFailure`` that says what is wrong, and where.
    static func read(
        _ bytes: [UInt8], ignoring ignored: Set<String> = [], valueLimit: Int = DiscoveryLimits.answerValues
    ) throws(DiscoveryFailure) -> JSONDocument {
        do throws(JSONTreeParser.Problem) {
            return JSONDocument(try JSONTreeParser.parse(bytes, ignoring: ignored, valueLimit: valueLimit))
        } catch {
            throw DiscoveryFailure("not valid JSON: \(error)")
        }
    }

    /// The value of a member of an object; null if it is missing. Of members with the same name, the last one counts.
    subscript(_ name: String) -> JSONDocument {
        guard case .object(let members) = tree else { return JSONDocument(.null) }
        return JSONDocument(members.last { $0.name == name }?.value ?? .null)
    }

    /// The members of an object, in their order; empty for any other value.
    var members: [(name: String, value: JSONDocument)] {
        guard case .object(let members) = tree else { return [] }
        return members.map { ($0.name, JSONDocument($0.value)) }
    }

    /// The elements of a list; empty for any other value.
    var elements: [JSONDocument] { list ?? [] }

    /// The elements of a list; nil for any other value.
    var list: [JSONDocument]? { if case .array(let elements) = tree { elements.map(JSONDocument.init) } else { nil } }

    /// The members of an object whose values are texts.
    var texts: [(name: String, value: String)] {
        members.compactMap { member in member.value.text.map { (member.name, $0) } }
    }

    /// Whether the value is a list or an object.
    var hasParts: Bool { tree.hasParts }

    /// Whether the value is an object.
    var isObject: Bool { if case .object = tree { true } else { false } }

    /// The text; nil for any other value.
    var text: String? { tree.text }

    /// The whole number; nil for any other value.
    var integer: Int? { if case .number(let text) = tree { Int(text) } else { nil } }

    /// The truth value; nil for any other value.
    var isTrue: Bool? { if case .bool(let value) = tree { value } else { nil } }

    /// Whether the value is null.
    var isNull: Bool { tree == .null }
}
