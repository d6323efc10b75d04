internal import KTSDBModel
internal import NIOCore
internal import NIOHTTP1
internal import PrometheusWire

/// Requests to a Docker daemon.
struct DockerAPI: Sendable {
    let host: DockerHost
    let filters: [DockerFilter]
    let timeout: Duration
    private let byteLimit: Int
    let client: DocumentClient

    init(
        _ host: DockerHost, _ filters: [DockerFilter], _ settings: HTTPClientSettings, timeout: Duration,
        in surroundings: SourceSurroundings
    ) {
        self.host = host
        self.filters = filters
        self.timeout = timeout
        byteLimit = surroundings.options.answerBytes
        client = DocumentClient(
            host.usesSettings ? settings : HTTPClientSettings(), userAgent: surroundings.userAgent)
    }

    /// Returns the elements of a list, such as `containers/json`, `networks` or `nodes`.
    func list(_ path: String, filtered: Bool = false) async throws(DiscoveryFailure) -> [JSONDocument] {
        let query = filtered && !filters.isEmpty ? "?filters=\(PercentEncoding.query(DockerFilter.json(filters)))" : ""
        let url = "\(host.address)/\(path)\(query)", answer: HTTPAnswer
        do throws(FetchError) {
            answer = try await client.get(
                url, ["Accept": "application/json"], timeout: timeout, limit: byteLimit)
        } catch { throw DiscoveryFailure(error) }
        let bytes = Array(answer.body.readableBytesView)
        guard answer.status == 200 else {
            let message = (try? JSONDocument.read(bytes))?["message"].text.map { ": \($0)" } ?? ""
            throw DiscoveryFailure("Get \(goQuoted(url)): HTTP status \(answer.status)\(message)")
        }
        let json = try JSONDocument.read(bytes)
        guard let elements = json.list else {
            throw DiscoveryFailure("Get \(goQuoted(url)): the answer is not a list")
        }
        return elements
    }

    /// Returns all networks by their ids.
    func networks() async throws(DiscoveryFailure) -> [String: DockerNetwork] {
        var networks: [String: DockerNetwork] = [:]
        for json in try await list("networks") { networks[json["Id"].text ?? ""] = DockerNetwork(json) }
        return networks
    }
}
