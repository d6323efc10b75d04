/// A struct of the host: fields and methods that a template can use.
public protocol GoObject: Sendable {
    /// The name as messages show it, with the package and without `*`: `template.Alert`.
    var typeName: String { get }

    /// Whether templates see a pointer to the struct. Default: false.
    var isPointer: Bool { get }

    /// All fields in order. Default: none.
    var fields: [GoField] { get }

    /// The field of that name. Default: searches `fields`.
    func field(_ name: String) -> GoValue?

    /// The method of that name, bound to this object. Default: nil.
    func method(_ name: String) -> GoFunction?

    /// What is printed instead of the fields: the method `String` or `Error`. Default: nil.
    func text() throws -> GoString?

    /// What `%#v` prints instead of the fields. Default: nil.
    var goSyntax: GoString? { get }

    /// Whether `eq` takes the two as equal; both have the same type. Default: all fields are equal.
    func isEqual(to other: any GoObject) -> Bool
}

/// A field of a struct.
public struct GoField: Sendable {
    /// The name, which begins with a capital letter.
    public let name: String
    /// The value.
    public let value: GoValue

    /// Makes a field.
    public init(_ name: String, _ value: GoValue) {
        self.name = name
        self.value = value
    }
}

extension GoObject {
    /// False: templates see the struct.
    public var isPointer: Bool { false }
    /// None.
    public var fields: [GoField] { [] }
    /// Nil: `%#v` prints the fields.
    public var goSyntax: GoString? { nil }
    /// The first of `fields` with the name.
    public func field(_ name: String) -> GoValue? { fields.first { $0.name == name }?.value }
    /// Returns nil: by default an object has no methods.
    public func method(_ name: String) -> GoFunction? { nil }
    /// Nil: the fields are printed.
    public func text() throws -> GoString? { nil }

    /// Whether all fields are equal.
    public func isEqual(to other: any GoObject) -> Bool {
        let (left, right) = (fields, other.fields)
        return left.count == right.count && zip(left, right).allSatisfy { $0.value.isIdentical(to: $1.value) }
    }
}
