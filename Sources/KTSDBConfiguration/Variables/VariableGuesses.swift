/// Values for variables that are not set, tried one after the other until a value with them passes the checks.
///
/// A file is to be checked where the variables of its server are not known. A value with such a variable can be a text,
/// an address, a number or a duration, and only who reads it knows.
struct VariableGuesses {
    /// What is tried.
    static let texts = [
        "unset", "http://unset.invalid/", "1", "1m", "unset.invalid:1", "true", "http", "replace", "UTC", "TLS12",
        "00:00", "monday", "unset = \"1\"", "HTML", "1MB",
    ]
    /// How many readings of a file there may be.
    static let attemptLimit = 1_000

    private var places: [UnsetVariable: Int] = [:]
    private var attempts = 0

    subscript(variable: UnsetVariable) -> String { Self.texts[places[variable] ?? 0] }

    /// Takes other guesses for the values that an error is about. Returns false if it is about none, or all guesses
    /// have been tried.
    mutating func change(for error: ConfigurationError, among unset: [UnsetVariable]) -> Bool {
        attempts += 1
        let concerned = unset.filter { $0.line == error.line && $0.file == error.file }
        guard attempts < Self.attemptLimit, !concerned.isEmpty else { return false }
        for variable in concerned {
            let next = (places[variable] ?? 0) + 1
            guard next < Self.texts.count else { return false }
            places[variable] = next
        }
        return true
    }
}
