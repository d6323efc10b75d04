/// A JSON value of an API's answer, as discoveries read it: what has another type than expected counts as missing.
indirect enum JSONDocument: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number as it is written.
    case number(String)
    case string(String)
    case list([JSONDocument])
    case object([Member])

    /// A name and its value.
    struct Member: Hashable, Sendable {
        let name: String
        let value: JSONDocument
    }

    /// The value of a member of an object; null if it is missing. Of members with the same name, the last one counts.
    subscript(_ name: String) -> JSONDocument {
        guard case .object(let members) = self else { return .null }
        return members.last { $0.name == name }?.value ?? .null
    }

    /// The members of an object in their order; none of another value.
    var members: [Member] { if case .object(let members) = self { members } else { [] } }

    /// The elements of a list; none of another value.
    var elements: [JSONDocument] { if case .list(let elements) = self { elements } else { [] } }

    /// The members whose values are texts.
    var texts: [(name: String, value: String)] {
        members.compactMap { member in member.value.text.map { (member.name, $0) } }
    }

    /// Whether the value is a list or an object.
    var hasParts: Bool {
        switch self {
        case .list, .object: true
        case .null, .bool, .number, .string: false
        }
    }

    /// The text, or nil.
    var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The whole number, or nil.
    var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }

    /// The truth value, or nil.
    var isTrue: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// Whether the value is null.
    var isNull: Bool { self == .null }
}
