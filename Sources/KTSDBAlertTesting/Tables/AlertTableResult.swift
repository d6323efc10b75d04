/// What came of the cases of a table.
package struct AlertTableResult: Sendable {
    /// A case that failed.
    package struct Failure: Sendable, CustomStringConvertible {
        package var name: String
        /// What was expected and what came, a line each.
        package var lines: [String]
        package var description: String { ([name] + lines).joined(separator: "\n") }
    }

    /// How many cases passed.
    package private(set) var passed = 0
    package private(set) var failures: [Failure] = []
    /// Cases that are not compared, with the reason.
    package private(set) var skipped: [String] = []
    /// How many cases nothing exists for yet.
    package var unsupported = 0

    /// The number of cases that were compared.
    package var total: Int { passed + failures.count }
    var isEmpty: Bool { total + skipped.count + unsupported == 0 }

    /// Compares a case: it fails if `body` throws.
    mutating func check(_ name: String, _ body: () throws -> Void) {
        do {
            try body()
            passed += 1
        } catch {
            fail(name, error)
        }
    }

    mutating func fail(_ name: String, _ error: any Error) {
        guard let failure = error as? CheckFailure else { return fail(name, "\(error)") }
        let what = failure.what.isEmpty ? [] : ["of:       " + failure.what]
        failures.append(
            Failure(name: name, lines: what + ["expected: " + failure.expected, "got:      " + failure.got]))
    }

    mutating func fail(_ name: String, _ text: String) { failures.append(Failure(name: name, lines: [text])) }

    /// Leaves a case out of the count; it fails nevertheless if `body`, which compares what can be compared, throws.
    mutating func skip(_ name: String, because reason: String, _ body: () throws -> Void = {}) {
        do {
            try body()
            skipped.append("\(name): \(reason)")
        } catch {
            fail(name, error)
        }
    }
}
