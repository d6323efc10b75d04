internal import KTSDBModel

/// A silence as a client sends it: with matchers that may be invalid.
package struct PostedSilence: Sendable {
    /// A matcher before its pattern is compiled.
    package struct PostedMatcher: Hashable, Sendable {
        package var name: String
        package var operation: Matcher.Operation
        package var value: String

        package init(_ name: String, _ operation: Matcher.Operation, _ value: String) {
            self.name = name
            self.operation = operation
            self.value = value
        }
    }

    /// Empty for a new silence.
    package var id = ""
    package var matchers: [PostedMatcher]
    package var startsAt: WallTime
    package var endsAt: WallTime
    package var createdBy = ""
    package var comment = ""
    package var annotations = KeyValues()

    package init(matchers: [PostedMatcher], startsAt: WallTime, endsAt: WallTime) {
        self.matchers = matchers
        self.startsAt = startsAt
        self.endsAt = endsAt
    }

    /// Returns the silence if it can do something from `now` on.
    /// - Throws: ``SilenceError`` in Alertmanager's words.
    package func silence(at now: WallTime, syntax: MatcherSyntax) throws(SilenceError) -> Silence {
        guard startsAt < endsAt else {
            throw SilenceError("Failed to create silence: start time must be before end time")
        }
        guard endsAt >= now else { throw SilenceError("Failed to create silence: end time can't be in the past") }
        var list: [Matcher] = []
        for (place, matcher) in matchers.enumerated() {
            do throws(SilenceError) {
                list.append(
                    try Silence.matcher(matcher.name, matcher.operation, Array(matcher.value.utf8), syntax))
            } catch {
                throw SilenceError("invalid silence: invalid label matcher \(place) in set 0: \(error)")
            }
        }
        var result = Silence(
            id: id, matcherSets: [Matchers(list)], startsAt: startsAt, endsAt: endsAt, createdBy: createdBy,
            comment: comment)
        result.annotations = annotations
        return result
    }
}
