extension Silences {
    /// What an update has changed.
    package struct Update: Hashable, Sendable {
        /// The id of the silence that is as wanted now.
        package var id: String
        /// The ids of all silences that changed.
        package var changed: [String]
    }

    /// Creates a silence, or changes the one with its id. Where that would change the past, the old one ends now and a
    /// new one is created, with an id from `newID` that no silence has.
    /// - Throws: ``SilenceError``.
    package mutating func set(
        _ silence: Silence, at now: WallTime, newID: () -> String
    ) throws(SilenceError) -> Update {
        var silence = silence
        if silence.startsAt == .zero { silence.startsAt = now }
        do throws(SilenceError) { try silence.validate(syntax) } catch {
            throw SilenceError("invalid silence: \(error)")
        }
        let old = self[id: silence.id]
        if old == nil, !silence.id.isEmpty { throw .notFound }
        try checkSize(silence)
        silence.updatedAt = now
        if let old, old.canBecome(silence, at: now) {
            restore(silence)
            return Update(id: silence.id, changed: [silence.id])
        }
        guard count < limits.silenceCountLimit else {
            throw SilenceError(
                "exceeded maximum number of silences: \(count) (limit: \(limits.silenceCountLimit))")
        }
        var changed: [String] = []
        if let old, old.state(at: now) != .expired { changed = try expire(old.id, at: now) }
        silence.id = newID()
        silence.startsAt = max(silence.startsAt, now)
        restore(silence)
        return Update(id: silence.id, changed: changed + [silence.id])
    }

    /// Ends a silence now. Returns the ids that changed: none if it is over already.
    /// - Throws: ``SilenceError`` if no silence has this id.
    @discardableResult
    package mutating func expire(_ id: String, at now: WallTime) throws(SilenceError) -> [String] {
        guard var silence = self[id: id] else { throw .notFound }
        switch silence.state(at: now) {
        case .expired: return []
        case .active: silence.endsAt = now
        case .pending: (silence.startsAt, silence.endsAt) = (now, now)
        }
        silence.updatedAt = now
        restore(silence)
        return [id]
    }

    private func checkSize(_ silence: Silence) throws(SilenceError) {
        let matchers = silence.matcherSets.flatMap(\.list).reduce(0) {
            $0 + $1.name.utf8.count + $1.value.utf8.count + 4
        }
        let annotations = silence.annotations.pairs.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        let size = matchers + annotations + silence.comment.utf8.count + silence.createdBy.utf8.count
        guard size <= limits.byteLimit else {
            throw SilenceError("silence exceeded maximum size: \(size) bytes (limit: \(limits.byteLimit) bytes)")
        }
    }
}
