internal import CLibrary

/// Where the variables in configuration files get their values from, and what becomes of those that are not set.
package struct Variables: Sendable {
    private let lookup: @Sendable (String) -> String?
    /// Collects the variables that are not set; nil: such a variable is an error.
    package var unset: UnsetVariables?

    /// Creates variables with the values that `lookup` returns; nil means that a variable is not set.
    package init(unset: UnsetVariables? = nil, lookup: @escaping @Sendable (String) -> String?) {
        self.unset = unset
        self.lookup = lookup
    }

    /// Creates variables with these values.
    package init(_ values: [String: String], unset: UnsetVariables? = nil) { self.init(unset: unset) { values[$0] } }

    /// The variables of this process' environment.
    package static let environment = Variables { SystemCall.environment($0) }

    /// The variables of this process' environment; those that are not set are collected, and are no error.
    package static func environment(collecting unset: UnsetVariables) -> Variables {
        Variables(unset: unset) { SystemCall.environment($0) }
    }

    package subscript(name: String) -> String? { lookup(name) }

    /// Replaces the variables in a document, and reads it.
    ///
    /// If variables that are not set are collected, the values that name them are unknown. Then `read` is called with
    /// one guess after the other, until what it throws is not about such a value.
    /// - Throws: ``ConfigurationError`` that names all variables that are not set, or what `read` throws.
    package func reading<Result>(
        _ document: YAMLValue, _ places: VariablePlaces,
        read: (YAMLValue, [ExpandedValue]) throws(ConfigurationError) -> Result
    ) throws(ConfigurationError) -> Result {
        var expansion = VariableExpansion(document.file, lookup: lookup)
        let expanded = try expansion.expand(document, places)
        guard !expansion.unset.isEmpty else { return try Self.read(expanded, expansion.values, read) }
        guard let unset else { throw Self.error(expansion.unset) }
        unset.add(expansion.unset)
        var guesses = VariableGuesses()
        while true {
            var attempt = VariableExpansion(document.file, lookup: lookup)
            attempt.substitute = { [guesses] in guesses[$0] }
            let guessed = try attempt.expand(document, places)
            do throws(ConfigurationError) { return try Self.read(guessed, attempt.values, read) } catch {
                guard guesses.change(for: error, among: expansion.unset) else { throw error }
            }
        }
    }

    /// Reads a document, so that what is thrown has no text that came from a variable.
    private static func read<Result>(
        _ document: YAMLValue, _ values: [ExpandedValue],
        _ read: (YAMLValue, [ExpandedValue]) throws(ConfigurationError) -> Result
    ) throws(ConfigurationError) -> Result {
        do throws(ConfigurationError) { return try read(document, values) } catch {
            var reason = error.reason
            for value in values where !value.expanded.isEmpty {
                // A short text may be a part of a word.
                let isShort = value.expanded.utf8.count <= 3, quote = isShort ? "\"" : ""
                reason = reason.replacing(quote + value.expanded + quote, with: quote + value.original + quote)
            }
            throw ConfigurationError(file: error.file, line: error.line, reason: reason)
        }
    }

    private static func error(_ unset: [UnsetVariable]) -> ConfigurationError {
        let first = unset[0]
        let others = unset.dropFirst().prefix(20).map { "\($0.name) (line \($0.line))" }.joined(separator: ", ")
        return ConfigurationError(
            file: first.file, line: first.line,
            reason: "the variable \(first.name) is not set; set it in the environment, or write a default: "
                + "${\(first.name):-…}" + (others.isEmpty ? "" : "; nor is: " + others))
    }
}
