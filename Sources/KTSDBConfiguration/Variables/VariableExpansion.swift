/// Replaces the variables in one document.
struct VariableExpansion {
    /// How many values a document with variables may have, those of aliases counted again each time: a few lines with
    /// aliases of aliases could expand to millions. In longer ones without, none are looked for.
    static let valueLimit = 1_000_000
    /// How many bytes the values with variables may have together.
    static let byteLimit = 16 << 20
    /// How deep variables may be in defaults of others.
    static let nestingLimit = 8

    let lookup: (String) -> String?
    let file: String
    /// What is read instead of a variable that is not set, by the variable; nil: an empty text.
    var substitute: (UnsetVariable) -> String = { _ in "" }
    private(set) var unset: [UnsetVariable] = []
    private(set) var values: [ExpandedValue] = []
    private var visits = 0
    private var bytes = 0

    init(_ file: String, lookup: @escaping (String) -> String?) {
        self.file = file
        self.lookup = lookup
    }

    private func error(_ line: Int, _ reason: String) -> ConfigurationError {
        ConfigurationError(file: file, line: line, reason: reason)
    }

    /// Counts a value of the document. Returns whether to look into it.
    mutating func visit(_ line: Int) throws(ConfigurationError) -> Bool {
        visits += 1
        if visits <= Self.valueLimit { return true }
        guard bytes == 0 else {
            throw error(line, "a file with variables has more than \(Self.valueLimit) values, counting aliases")
        }
        return false
    }

    /// Returns a text with its variables replaced.
    mutating func expand(_ text: String, key: String, line: Int) throws(ConfigurationError) -> String {
        let result = try expand(text[...], line: line, depth: 0)
        bytes += 1 + result.utf8.count
        guard bytes <= Self.byteLimit else {
            throw error(line, "values with variables have more than \(Self.byteLimit >> 20) MiB together")
        }
        if result != text { values.append(ExpandedValue(key: key, original: text, expanded: result)) }
        return result
    }

    private mutating func expand(_ text: Substring, line: Int, depth: Int) throws(ConfigurationError) -> String {
        guard depth <= Self.nestingLimit else {
            throw error(line, "variables are more than \(Self.nestingLimit) levels deep in defaults of others")
        }
        var result = ""
        for part in VariablePart.parts(of: text) {
            switch part {
            case .text(let text): result += text
            case .variable(let name, nil):
                if let value = lookup(name) {
                    result += value
                } else {
                    let variable = UnsetVariable(name: name, file: file, line: line)
                    if !unset.contains(variable) { unset.append(variable) }
                    result += substitute(variable)
                }
            case .variable(let name, let fallback?):
                let value = lookup(name) ?? ""
                result += value.isEmpty ? try expand(fallback, line: line, depth: depth + 1) : value
            }
            guard result.utf8.count <= Self.byteLimit else {
                throw error(line, "a value with variables has more than \(Self.byteLimit >> 20) MiB")
            }
        }
        return result
    }
}
