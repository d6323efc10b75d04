internal import KTSDBAccess
package import KTSDBConfiguration
internal import KTSDBModel
internal import Logging
internal import NIOSSL
internal import PrometheusWire
internal import Synchronization

/// Who may use a listener, and how, by its web configuration and the tokens in ktsdb's settings.
///
/// Files are checked for changes every second, and before a new connection is served. If a changed file is invalid, the
/// previous state stays in use, and the log says why.
package final class AccessControl: ConnectionAccess {
    /// The content of all files, as far as it applies to requests and connections.
    struct Loaded: Sendable {
        var configuration = WebConfiguration()
        var identity: TLSIdentity?
        var tokens = KnownTokens()

        /// Whether requests need credentials.
        var needsCredentials: Bool { !configuration.users.isEmpty || !tokens.isEmpty }
        fileprivate var isActive: Bool {
            needsCredentials || !configuration.headers.isEmpty || configuration.rateLimit != nil
        }
    }

    private struct State {
        var loaded = Loaded()
        var settings = AccessSettings()
        /// The stamps of the files when they were read.
        var stamps: [String: LocalFile.Stamp?] = [:]
        var bucket: TokenBucket?
        /// Why the last reload failed, as it was logged; nil if it succeeded.
        var failure: String?
    }

    /// The file of `--web.config.file`; empty if the flag is not set.
    let path: String
    /// The prefix of the listener's paths, without a slash at its end.
    let prefix: String
    private let logger: Logger
    private let guards = Atomic(false)
    private let refusals = Atomic(0)
    private let state = Mutex(State())
    let passwords = PasswordChecker()

    init(path: String, prefix: String, logger: Logger) {
        self.path = path
        self.prefix = prefix == "/" ? "" : prefix
        self.logger = logger
    }

    // MARK: What applies

    /// Whether requests need credentials, added headers or a rate limit.
    var isActive: Bool { guards.load(ordering: .relaxed) }

    /// The state that applies now.
    var loaded: Loaded { state.withLock { $0.loaded } }

    var identity: TLSIdentity? { state.withLock { $0.loaded.identity } }

    /// Whether connections are encrypted.
    var usesTLS: Bool { identity != nil }
    /// Whether requests need credentials.
    var needsCredentials: Bool { loaded.needsCredentials }

    /// Whether the state depends on files, which can change.
    var hasFiles: Bool { !path.isEmpty || state.withLock { !$0.stamps.isEmpty } }

    /// How many requests were refused because of their credentials.
    var refusedCount: Int { refusals.load(ordering: .relaxed) }
    func countRefusal() { refusals.add(1, ordering: .relaxed) }

    /// Returns whether the rate limit, if there is one, allows another request.
    func mayAnswer(at now: ContinuousClock.Instant) -> Bool { state.withLock { $0.bucket?.take(at: now) ?? true } }

    // MARK: Reading

    /// A state that was read and does not apply yet.
    struct Change: Sendable {
        fileprivate var loaded = Loaded()
        fileprivate var settings: AccessSettings
        fileprivate var stamps: [String: LocalFile.Stamp?]
    }

    /// Reads all files, and applies what they say. Blocks.
    /// - Throws: `ConfigurationError` for the first problem; nothing has changed then.
    package func load(_ settings: AccessSettings) throws(ConfigurationError) { apply(try read(settings)) }

    /// Reads all files. Blocks.
    /// - Throws: `ConfigurationError` for the first problem.
    func read(_ settings: AccessSettings) throws(ConfigurationError) -> Change {
        // The stamps are taken first, so that a change while the files are read is noticed the next time.
        let known = state.withLock { Array($0.stamps.keys) }
        var change = Change(settings: settings, stamps: Self.stamps(known + paths(settings)))
        if !path.isEmpty { change.loaded.configuration = try WebConfiguration.load(path: path) }
        let configuration = change.loaded.configuration
        for (path, stamp) in Self.stamps(configuration.paths) where change.stamps[path] == nil {
            change.stamps.updateValue(stamp, forKey: path)
        }
        change.loaded.identity = try configuration.tls?.makeIdentity(http2: configuration.usesHTTP2)
        change.loaded.tokens = try KnownTokens(settings)
        let used = Set(paths(settings) + configuration.paths)
        change.stamps = change.stamps.filter { used.contains($0.key) }
        return change
    }

    /// Applies a state that was read.
    func apply(_ change: Change) {
        let loaded = change.loaded
        state.withLock { state in
            let limit = loaded.configuration.rateLimit
            if limit != state.loaded.configuration.rateLimit {
                state.bucket = limit.map { TokenBucket($0, at: .now) }
            }
            state.loaded = loaded
            state.settings = change.settings
            state.stamps = change.stamps
        }
        guards.store(loaded.isActive, ordering: .relaxed)
        if let identity = loaded.identity, identity.notAfter < Int(Timestamp.now.milliseconds / 1000) {
            let end = Timestamp(milliseconds: Int64(identity.notAfter) * 1000)
            logger.warning(
                "the server's certificate has expired; clients will refuse it",
                metadata: ["file": "\(path)", "since": "\(RFC3339.format(end))"])
        }
    }

    /// Reads the files again if one has changed. Blocks, and logs errors.
    func refresh() {
        let (stamps, settings, failure) = state.withLock { ($0.stamps, $0.settings, $0.failure) }
        let now = Self.stamps(stamps.keys)
        // A failure may come from a file without a stamp, so after a failure the files are read each time.
        guard now != stamps || failure != nil else { return }
        state.withLock { $0.stamps = now }
        do throws(ConfigurationError) {
            try load(settings)
            state.withLock { $0.failure = nil }
            logger.info("access loaded again", metadata: ["file": "\(path)"])
        } catch {
            let reason = "\(error)"
            state.withLock { $0.failure = reason }
            // The same reason is reported once.
            guard reason != failure else { return }
            logger.error("access not loaded; the previous state stays in use", metadata: ["error": "\(reason)"])
        }
    }

    private func paths(_ settings: AccessSettings) -> [String] {
        let files = settings.tokens.compactMap { if case .file(let path) = $0.source { path } else { nil } }
        return (path.isEmpty ? [] : [path]) + files
    }

    private static func stamps(_ paths: some Sequence<String>) -> [String: LocalFile.Stamp?] {
        var stamps: [String: LocalFile.Stamp?] = [:]
        for path in paths { stamps.updateValue(LocalFile.stamp(path), forKey: path) }
        return stamps
    }
}
