package import KTSDBModel

/// A time for which alerts that match are not notified about.
package struct Silence: Hashable, Sendable {
    /// Where a silence is in its life.
    package enum State: String, Hashable, Sendable { case pending, active, expired }

    /// A UUID; empty for a silence that is new.
    package var id = ""
    /// Alerts match that match all matchers of any set.
    package var matcherSets: [Matchers]
    package var startsAt: WallTime
    package var endsAt: WallTime
    package var updatedAt: WallTime
    package var createdBy: String
    package var comment: String
    package var annotations = KeyValues()

    package init(
        id: String = "", matcherSets: [Matchers], startsAt: WallTime = .zero, endsAt: WallTime,
        updatedAt: WallTime = .zero, createdBy: String = "", comment: String = ""
    ) {
        self.id = id
        self.matcherSets = matcherSets
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.updatedAt = updatedAt
        self.createdBy = createdBy
        self.comment = comment
    }

    package func matches(_ labels: Labels) -> Bool { matcherSets.contains { $0.matches(labels) } }

    /// The state at a moment. Start and end belong to the time in which it is active.
    package func state(at now: WallTime) -> State {
        if now < startsAt { return .pending }
        return now > endsAt ? .expired : .active
    }

    /// Whether this silence can become `new` without its past being other than it was.
    package func canBecome(_ new: Silence, at now: WallTime) -> Bool {
        guard matcherSets == new.matcherSets else { return false }
        switch state(at: now) {
        case .active: return startsAt.seconds == new.startsAt.seconds && new.endsAt >= now
        case .pending: return new.startsAt >= now
        case .expired: return false
        }
    }
}

extension Silence {
    /// Refuses a silence that would never do, or would do for all alerts.
    /// - Throws: ``SilenceError`` in Alertmanager's words.
    package func validate(_ syntax: MatcherSyntax) throws(SilenceError) {
        guard !matcherSets.isEmpty else { throw SilenceError("at least one matcher set required") }
        for (number, matchers) in matcherSets.enumerated() { try Self.validate(matchers, number, syntax) }
        if startsAt == .zero { throw SilenceError("invalid zero start timestamp") }
        if endsAt == .zero { throw SilenceError("invalid zero end timestamp") }
        if endsAt < startsAt { throw SilenceError("end time must not be before start time") }
    }

    private static func validate(
        _ matchers: Matchers, _ number: Int, _ syntax: MatcherSyntax
    ) throws(SilenceError) {
        if matchers.isEmpty { throw SilenceError("matcher set \(number) is empty") }
        for (place, matcher) in matchers.list.enumerated() where !syntax.isLabelName(matcher.name) {
            let reason = "invalid label name \(goQuoted(matcher.name))"
            throw SilenceError("invalid label matcher \(place) in set \(number): \(reason)")
        }
        // `a!="b"` counts as not matching the empty text, though it matches alerts without `a`: so does Alertmanager.
        if matchers.list.allSatisfy({ $0.operation.isPositive && $0.matchesEmpty }) {
            throw SilenceError("matcher set \(number): at least one matcher must not match the empty string")
        }
    }
}

extension Silence {
    /// Creates a matcher of a silence from what a client sent.
    /// - Throws: ``SilenceError`` in Alertmanager's words.
    package static func matcher(
        _ name: String, _ operation: Matcher.Operation, _ value: [UInt8], _ syntax: MatcherSyntax
    ) throws(SilenceError) -> Matcher {
        guard syntax.isLabelName(name) else { throw SilenceError("invalid label name \(goQuoted(name))") }
        guard let text = String(validating: value, as: UTF8.self) else {
            throw SilenceError("invalid label value \(goQuoted(value))")
        }
        do throws(RegularExpressionError) {
            // Errors are about the pattern as it is written, not about the anchored one.
            if operation.isRegularExpression { _ = try RegularExpression(text, dotMatchesNewline: false) }
            return try Matcher(name, operation, text)
        } catch {
            throw SilenceError("invalid regular expression \(goQuoted(text)): \(error)")
        }
    }
}

/// The reason why a silence is refused.
package struct SilenceError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    /// Whether there is no silence with the id.
    package var isNotFound = false

    init(_ description: String) { self.description = description }

    static let notFound = {
        var error = SilenceError("silence not found")
        error.isNotFound = true
        return error
    }()
}
