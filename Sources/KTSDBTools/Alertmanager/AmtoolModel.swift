internal import KTSDBModel
internal import KTSDBNotify
internal import PrometheusWire

/// Answers of the API in the order in which amtool writes them.
enum AmtoolModel {
    static func list(_ value: JSONTree) -> [JSONTree] { if case .array(let elements) = value { elements } else { [] } }

    /// JSON as Go's encoder writes it.
    static func text(_ value: JSONTree) -> String { String(decoding: value.encoded, as: UTF8.self) }

    /// Members in an order; others are left out.
    private static func ordered(_ value: JSONTree, _ names: [String]) -> JSONTree {
        .members(names.map { ($0, value[$0]) })
    }

    static func alert(_ value: JSONTree) -> JSONTree {
        ordered(
            value,
            [
                "annotations", "endsAt", "fingerprint", "receivers", "startsAt", "status", "updatedAt", "generatorURL",
                "labels",
            ])
    }

    static func silence(_ value: JSONTree) -> JSONTree {
        ordered(value, ["id", "status", "updatedAt"] + silenceMembers)
    }

    /// A silence as it is sent.
    static func postable(_ value: JSONTree, id: String) -> JSONTree {
        .members([("id", id.isEmpty ? nil : .string(id))] + silenceMembers.map { ($0, value[$0]) })
    }

    private static let silenceMembers = ["annotations", "comment", "createdBy", "endsAt", "matchers", "startsAt"]

    /// Orders values by a member that is a time.
    static func isEarlier(_ name: String) -> (JSONTree, JSONTree) -> Bool {
        { (time($0[name]) ?? .zero) < (time($1[name]) ?? .zero) }
    }

    static func time(_ value: JSONTree?) -> WallTime? { value?.text.flatMap(TimeText.parse) }

    /// The matchers of a silence, each as it is written.
    static func matchers(_ silence: JSONTree) -> [String] {
        list(silence["matchers"] ?? .null).map { matcher in
            let operation = Matcher.Operation(
                isPositive: matcher["isEqual"] != .bool(false), isRegularExpression: matcher["isRegex"] == .bool(true))
            let name = matcher["name"]?.text ?? "", value = matcher["value"]?.text ?? ""
            return (try? Matcher(name, operation, value))?.description ?? "\(name)\(operation.text)\(goQuoted(value))"
        }
    }

    static func matcher(_ matcher: Matcher) -> JSONTree {
        .members([
            ("isEqual", .bool(matcher.operation.isPositive)), ("isRegex", .bool(matcher.operation.isRegularExpression)),
            ("name", .string(matcher.name)), ("value", .string(matcher.value)),
        ])
    }
}
