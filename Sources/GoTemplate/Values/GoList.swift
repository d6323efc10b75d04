/// A slice: values of one type, or of any.
public struct GoList: Sendable {
    /// The values.
    public var elements: [GoValue]
    /// Their type; `any` if they may differ.
    public let elementType: GoType

    /// Makes a list.
    public init(_ elements: [GoValue], of elementType: GoType = .any) {
        self.elements = elements
        self.elementType = elementType
    }
}
