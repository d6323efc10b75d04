/// Why a case of a table failed: what the table expects, and what came.
struct CheckFailure: Error {
    var what: String
    var expected: String
    var got: String
}

/// Fails unless a value is the one that the table has.
func check<Value: Equatable>(_ got: Value?, is wanted: Value?, _ what: String = "") throws {
    if got != wanted { throw CheckFailure(what: what, expected: shown(wanted), got: shown(got)) }
}

/// Fails unless a condition holds.
func check(_ holds: Bool, _ what: String, got: Any? = nil) throws {
    if !holds { throw CheckFailure(what: "", expected: what, got: shown(got)) }
}

/// Fails unless an error says what the table has: a part of its text, or nothing in particular if `wanted` is nil.
func check(error: String, contains wanted: String?) throws {
    try check(error.contains(wanted ?? ""), "an error that contains \(wanted ?? "")", got: error)
}

/// Returns a value that the case cannot do without.
func need<Value>(_ value: Value?, _ what: String = "a value that the check needs") throws -> Value {
    guard let value else { throw CheckFailure(what: "", expected: what, got: "nothing") }
    return value
}

private func shown(_ value: Any?) -> String { value.map { "\($0)" } ?? "nothing" }
