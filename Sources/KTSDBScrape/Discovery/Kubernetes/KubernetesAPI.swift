internal import KTSDBConfiguration
internal import KTSDBModel
internal import NIOCore
internal import NIOHTTP1
internal import PrometheusWire
internal import Synchronization

/// Requests to the API of a cluster. How to access it is determined at the first request, and again when the
/// configuration file has changed.
final class KubernetesAPI: Sendable {
    /// A request to the API failed, or its answer was not usable.
    struct Problem: Error {
        let failure: DiscoveryFailure
        /// Whether the requested version is too old, so that everything has to be listed again.
        var isExpired = false
        /// Whether the API could not be reached, so that the requested version may still be valid.
        var isConnection = false
        /// Whether the answer was longer than allowed.
        var isTooLong = false
    }

    /// How long fetching a page may take.
    private static let timeout = Duration.seconds(60)

    private let settings: KubernetesDiscovery
    private let surroundings: SourceSurroundings
    private let state = Mutex(State())

    private struct State {
        var connection: Connection?
        /// Whether the access could not be determined, which a metric shows.
        var hasFailed = false
    }

    private struct Connection: Sendable {
        let access: KubernetesAccess
        let client: DocumentClient
        let stamp: LocalFile.Stamp?
    }

    init(_ settings: KubernetesDiscovery, in surroundings: SourceSurroundings) {
        (self.settings, self.surroundings) = (settings, surroundings)
    }

    /// Gets a document.
    func get(_ path: String, _ query: [(String, String)]) async throws(Problem) -> JSONDocument {
        let connection = try connection(), url = Self.url(connection, path, query)
        let document: HTTPAnswer
        do throws(FetchError) {
            document = try await connection.client.get(
                url, ["Accept": "application/json"], timeout: Self.timeout, limit: surroundings.options.pageBytes)
        } catch {
            var problem = Problem(failure: DiscoveryFailure(error), isConnection: true)
            if case .bodySizeLimit = error { problem.isTooLong = true }
            throw problem
        }
        try Self.check(document, url)
        return try Self.read(document.body)
    }

    /// Watches: passes the parts of an answer to `receive` until the API ends the answer, after `timeout` at the
    /// latest.
    func watch(
        _ path: String, _ query: [(String, String)], timeout: Duration,
        _ receive: @escaping @Sendable (ByteBuffer) async throws -> Void
    ) async throws(Problem) {
        let connection = try connection(), url = Self.url(connection, path, query)
        let document: HTTPAnswer
        do throws(FetchError) {
            // An API that sends nothing for two minutes may be gone; asking again costs little.
            document = try await connection.client.follow(
                url, ["Accept": "application/json"], timeout: timeout + .seconds(30), silence: .seconds(120), receive)
        } catch {
            throw Problem(failure: DiscoveryFailure(error), isConnection: true)
        }
        try Self.check(document, url)
    }

    /// Closes all connections.
    func close() async {
        let connection = state.withLock { state in
            note(hasFailed: false, in: &state)
            return state.connection.take()
        }
        await connection?.client.close()
    }

    private func connection() throws(Problem) -> Connection {
        let stamp = settings.configurationFile.flatMap(LocalFile.stamp)
        do throws(DiscoveryFailure) {
            return try state.withLock { (state) throws(DiscoveryFailure) in
                if let known = state.connection, known.stamp == stamp { return known }
                note(hasFailed: true, in: &state)
                let access = try KubernetesAccess.of(settings, surroundings.options)
                note(hasFailed: false, in: &state)
                let connection = Connection(
                    access: access, client: DocumentClient(access.client, userAgent: surroundings.userAgent),
                    stamp: stamp)
                state.connection = connection
                return connection
            }
        } catch { throw Problem(failure: error) }
    }

    private func note(hasFailed: Bool, in state: inout State) {
        guard state.hasFailed != hasFailed else { return }
        state.hasFailed = hasFailed
        surroundings.figures.count(
            DiscoveryFigures.failedConfigurations, [("name", surroundings.user.rawValue)], by: hasFailed ? 1 : -1)
    }

    private static func url(_ connection: Connection, _ path: String, _ query: [(String, String)]) -> String {
        let fields = query.map { "\($0)=\(PercentEncoding.query($1))" }.joined(separator: "&")
        return "\(connection.access.address)\(path)?\(fields)"
    }

    private static func check(_ document: HTTPAnswer, _ url: String) throws(Problem) {
        guard document.status != 200 else { return }
        let status = try? read(document.body)
        let message = status?["message"].text.map { ": \($0)" } ?? ""
        throw Problem(
            failure: DiscoveryFailure("Get \(goQuoted(url)): HTTP status \(document.status)\(message)"),
            isExpired: document.status == 410)
    }

    private static func read(_ body: ByteBuffer) throws(Problem) -> JSONDocument {
        do throws(DiscoveryFailure) { return try KubernetesEvent.read(Array(body.readableBytesView)) } catch {
            throw Problem(failure: error)
        }
    }
}
