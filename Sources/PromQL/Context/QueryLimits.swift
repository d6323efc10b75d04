public import KTSDBModel
internal import Synchronization

/// What one query, or one read outside of a query, may take: time, samples and bytes.
///
/// A query makes its own. Code that reads labels or series for a client gets one from
/// ``PromQLEngine/limits(overrides:cancellation:)`` and gives it to the read:
///
/// ```swift
/// let limits = engine.limits(cancellation: cancellation)
/// do { return try view.labelNames(in: range, limits: limits) } catch { throw limits.error(for: error) }
/// ```
public final class QueryLimits: ReadLimits {
    let sampleLimit: Int
    /// The query's part of the engine's memory.
    let lease: MemoryLease
    private let byteLimit: Int
    private let timeout: Duration
    private let deadline: ContinuousClock.Instant
    private let cancellation: QueryCancellation?
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let held = Atomic(0), peak = Atomic(0)
    private let heldBytes = Atomic(0), peakBytes = Atomic(0)
    /// Why a read was ended first.
    private let failure = Mutex<QueryError?>(nil)
    private let failsOnDamage: Bool
    /// What was left out because it is damaged, and the files that are left out from the beginning.
    private let missingData: Mutex<MissingParts>

    init(
        _ options: EngineOptions, _ overrides: QueryOverrides, _ cancellation: QueryCancellation?,
        _ budget: MemoryBudget?
    ) {
        self.cancellation = cancellation
        clock = options.clock
        sampleLimit = min(overrides.maximumSamples ?? .max, options.maximumSamples)
        lease = MemoryLease(budget)
        failsOnDamage = overrides.failsOnDamage ?? options.failsOnDamage
        missingData = Mutex(MissingParts())
        byteLimit = options.maximumBytes ?? .max
        timeout = min(overrides.timeout ?? options.timeout, options.timeout)
        // A century, so that no sum of times overflows.
        deadline = clock() + min(timeout, .seconds(1 << 32))
    }

    /// The same limits for another attempt that leaves out `file`.
    private init(_ first: QueryLimits, leavingOut missing: MissingData, file: String) {
        cancellation = first.cancellation
        clock = first.clock
        sampleLimit = first.sampleLimit
        lease = first.lease.anew()
        byteLimit = first.byteLimit
        timeout = first.timeout
        deadline = first.deadline
        failsOnDamage = false
        var parts = first.missingData.withLock { $0 }
        parts.files.insert(file)
        parts.add(missing)
        missingData = Mutex(parts)
    }

    /// Returns limits for another attempt after a failed one, which leaves out the file whose damage made it fail; nil
    /// if that was something else, or the read is to fail.
    package func leavingOut(_ error: QueryError) -> QueryLimits? {
        guard !failsOnDamage, case .storage(let cause) = error, let file = cause.damagedPath,
            !leavesOut(file: file)
        else { return nil }
        return QueryLimits(
            self, leavingOut: MissingData(cause, .earliest ... .latest, isWholeFile: true), file: file)
    }

    /// Runs `body`, and again without a file for as long as damage in a file without which the rest of it is of no use
    /// makes it fail.
    package func readingAround<Value>(
        _ body: (QueryLimits) throws(QueryError) -> Value
    ) throws(QueryError) -> Value {
        var limits = self
        while true {
            do throws(QueryError) { return try body(limits) } catch {
                guard let next = limits.leavingOut(error) else { throw error }
                limits = next
            }
        }
    }

    /// Does the same for a read outside of a query, whose errors may be of any kind.
    package func readingAround<Value>(_ body: (QueryLimits) throws -> Value) throws -> Value {
        var limits = self
        while true {
            do { return try body(limits) } catch {
                let reason = (error as? ReadError).map(QueryError.storage) ?? error as? QueryError
                guard let reason, let next = limits.leavingOut(reason) else { throw error }
                limits = next
            }
        }
    }

    // MARK: Damage

    /// Notes what the read leaves out, unless it is to fail.
    public func leaveOut(_ missing: MissingData) throws(ReadError) {
        if failsOnDamage { throw missing.cause }
        missingData.withLock { $0.add(missing) }
    }

    /// Whether all of a file is left out.
    public func leavesOut(file path: String) -> Bool { missingData.withLock { $0.files.contains(path) } }

    /// What was left out of what was read with these limits because it is damaged, in sentences.
    public var warnings: [String] { missingData.withLock { $0.texts } }

    /// Why the read ended that threw `error`: for `ReadError.interrupted` the limit that it met.
    public func error(for error: ReadError) -> QueryError {
        guard error == .interrupted else { return .storage(error) }
        return failure.withLock { $0 } ?? .cancelled
    }

    // MARK: Time

    /// Throws if the query was cancelled or took too long. Takes some dozen nanoseconds.
    func checkTime() throws(QueryError) {
        if let cancellation, cancellation.isCancelled { throw .cancelled }
        if lease.isRevoked { throw lease.revocation }
        if clock() >= deadline { throw .timeout(limit: timeout) }
    }

    /// Throws if the read was cancelled or took too long.
    public func check() throws(ReadError) {
        do throws(QueryError) { try checkTime() } catch { throw interrupted(error) }
    }

    private func interrupted(_ error: QueryError) -> ReadError {
        failure.withLock { if $0 == nil { $0 = error } }
        return .interrupted
    }

    // MARK: Room

    /// Asks for room for `count` samples of `bytesEach` bytes *before* they are made; ``release(_:bytes:)`` gives it
    /// back.
    func reserve(_ count: Int, bytesEach: Int = 8) throws(QueryError) {
        let now = held.add(count, ordering: .relaxed).newValue
        guard now <= sampleLimit else {
            held.subtract(count, ordering: .relaxed)
            throw .tooManySamples(limit: sampleLimit, needed: now)
        }
        if now > peak.load(ordering: .relaxed) { peak.max(now, ordering: .relaxed) }
        do throws(QueryError) {
            try reserve(byteCount: count * bytesEach)
        } catch {
            held.subtract(count, ordering: .relaxed)
            throw error
        }
    }

    /// Asks for room for anything but samples: labels, and what finds them.
    func reserve(byteCount count: Int) throws(QueryError) {
        let now = heldBytes.add(count, ordering: .relaxed).newValue
        if now <= byteLimit, lease.cover(now) {
            if now > peakBytes.load(ordering: .relaxed) { peakBytes.max(now, ordering: .relaxed) }
            return
        }
        heldBytes.subtract(count, ordering: .relaxed)
        if now > byteLimit { throw .tooMuchMemory(limit: byteLimit, needed: now) }
        throw lease.refusal(needing: now)
    }

    /// Asks for room for `count` bytes before they are made.
    public func reserve(bytes count: Int) throws(ReadError) {
        do throws(QueryError) { try reserve(byteCount: count) } catch { throw interrupted(error) }
    }

    /// Gives back what was reserved.
    func release(_ count: Int, bytes: Int) {
        held.subtract(count, ordering: .relaxed)
        heldBytes.subtract(bytes, ordering: .relaxed)
    }

    /// Gives back what was reserved.
    public func release(bytes count: Int) { heldBytes.subtract(count, ordering: .relaxed) }

    /// Returns to the engine what is no longer reserved.
    func settle() {
        lease.shrink(to: heldBytes.load(ordering: .relaxed))
        lease.endClaim()
    }

    /// How many samples one more column may have, by either limit.
    var samplesLeft: Int {
        let samples = sampleLimit - held.load(ordering: .relaxed)
        let mostBytes = lease.mostBytes
        guard byteLimit < .max || mostBytes != nil else { return max(0, samples) }
        let bytes = heldBytes.load(ordering: .relaxed)
        return max(0, min(samples, (min(byteLimit, mostBytes ?? .max) - bytes) / 16))
    }

    /// The most samples and bytes that were held at one time.
    var peaks: (samples: Int, bytes: Int) { (peak.load(ordering: .relaxed), peakBytes.load(ordering: .relaxed)) }
}
