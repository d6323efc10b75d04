/// A value, and what is known of it without looking at it.
struct TemplateSlot {
    var value: GoValue
    /// Whether it is from a place that may hold anything: then messages call its type `interface {}`.
    var isBoxed = false

    init(_ value: GoValue, isBoxed: Bool = false) {
        self.value = value
        self.isBoxed = isBoxed
    }

    /// A value from a place of the type.
    init(_ value: GoValue, in type: GoType) { self.init(value, isBoxed: type == .any) }

    /// The type of the place.
    var type: GoType { isBoxed ? .any : value.type ?? .any }

    /// The slot without its place's type. An untyped nil becomes the missing value.
    var unboxed: TemplateSlot {
        if case .null(.any) = value { return TemplateSlot(.none) }
        return TemplateSlot(value)
    }
}
