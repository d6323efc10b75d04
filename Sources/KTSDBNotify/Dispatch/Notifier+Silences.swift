internal import KTSDBModel

extension Notifier {
    /// Creates or changes a silence, and returns the id of the result: a changed silence may get a new id.
    /// - Throws: ``SilenceError``.
    package mutating func setSilence(_ silence: Silence, at now: WallTime) throws(SilenceError) -> String {
        var source = random
        let update = try silences.set(silence, at: now) { source.uuid() }
        random = source
        changes.silences.formUnion(update.changed)
        return update.id
    }

    /// Ends a silence.
    /// - Throws: ``SilenceError`` if no silence has this id.
    package mutating func expireSilence(_ id: String, at now: WallTime) throws(SilenceError) {
        changes.silences.formUnion(try silences.expire(id, at: now))
    }
}
