/// The functions that a host gives to its templates, by name.
///
/// They come before the built-in ones: a function of the same name hides one of those.
public struct TemplateFunctions: Sendable, ExpressibleByDictionaryLiteral {
    private var functions: [String: GoFunction]

    /// Makes a table.
    ///
    /// - Precondition: names are letters, digits and `_`, and do not begin with a digit.
    public init(_ functions: [String: GoFunction] = [:]) {
        for name in functions.keys { precondition(Self.isName(name), "\(name) cannot be the name of a function.") }
        self.functions = functions
    }

    /// Makes a table of the functions that are written down.
    public init(dictionaryLiteral elements: (String, GoFunction)...) {
        self.init(Dictionary(elements) { _, last in last })
    }

    /// The function of that name.
    public subscript(name: String) -> GoFunction? { functions[name] }

    /// All names, sorted.
    public var names: [String] { functions.keys.sorted() }

    /// This table with `others` added; theirs replace functions of the same name.
    public func merging(_ others: TemplateFunctions) -> TemplateFunctions {
        TemplateFunctions(functions.merging(others.functions) { _, other in other })
    }

    private static func isName(_ name: String) -> Bool {
        let scalars = name.unicodeScalars.map(\.value)
        guard let first = scalars.first, first == 0x5F || CharacterClass.isLetter(first) else { return false }
        return scalars.allSatisfy(CharacterClass.isWord)
    }
}
