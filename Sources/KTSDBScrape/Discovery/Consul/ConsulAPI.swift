internal import KTSDBModel
internal import NIOCore
internal import NIOHTTP1
internal import PrometheusWire

/// Requests to a Consul agent.
struct ConsulAPI: Sendable {
    /// An answer, and the index that makes the next request wait for a change.
    struct Answer {
        let json: JSONDocument
        let index: UInt64
    }

    /// How long the agent waits for a change before it answers.
    static let patience = Duration.seconds(120)

    private let settings: ConsulDiscovery
    private let figures: DiscoveryFigures
    private let byteLimit: Int
    private let client: DocumentClient

    init(_ settings: ConsulDiscovery, in surroundings: SourceSurroundings) {
        self.settings = settings
        figures = surroundings.figures
        byteLimit = surroundings.options.answerBytes
        client = DocumentClient(settings.client, userAgent: surroundings.userAgent)
    }

    /// Returns the name of the agent's data center.
    func datacenter() async throws(DiscoveryFailure) -> String {
        let answer = try await get("/v1/agent/self", [])
        guard let name = answer.json["Config"]["Datacenter"].text else {
            throw DiscoveryFailure("the agent's answer does not name its data center")
        }
        return name
    }

    /// Returns the names of all services and their tags, as soon as they differ from those at `index`, or after
    /// ``patience``.
    func services(after index: UInt64) async throws(DiscoveryFailure) -> Answer {
        try await timed("services") { () async throws(DiscoveryFailure) in
            try await get("/v1/catalog/services", blocking(index, filter: settings.filter))
        }
    }

    /// Returns the instances of a service, as soon as they differ from those at `index`, or after ``patience``.
    func instances(of service: String, after index: UInt64) async throws(DiscoveryFailure) -> Answer {
        let query = blocking(index, filter: settings.healthFilter) + settings.tags.map { ("tag", $0) }
        return try await timed("service") { () async throws(DiscoveryFailure) in
            try await get("/v1/health/service/\(PercentEncoding.query(service).replacing("+", with: "%20"))", query)
        }
    }

    /// Closes all connections.
    func close() async { await client.close() }

    private func timed(
        _ call: String, _ body: () async throws(DiscoveryFailure) -> Answer
    ) async throws(DiscoveryFailure) -> Answer {
        let begin = ContinuousClock.now
        defer {
            figures.observe(
                ContinuousClock.now - begin, ConsulDiscovery.durations, [("endpoint", "catalog"), ("call", call)])
        }
        return try await body()
    }

    /// The query parameters of a request that waits for a change.
    private func blocking(_ index: UInt64, filter: String) -> [(String, String)] {
        var query: [(String, String)] = []
        if index > 0 { query += [("index", String(index)), ("wait", "\(Self.patience.milliseconds)ms")] }
        if settings.allowsStale { query.append(("stale", "")) }
        if !filter.isEmpty { query.append(("filter", filter)) }
        for (name, value) in settings.nodeMetadata.sorted(by: { $0.key < $1.key }) {
            query.append(("node-meta", "\(name):\(value)"))
        }
        return query
    }

    private func get(_ path: String, _ query: [(String, String)]) async throws(DiscoveryFailure) -> Answer {
        let places = [("dc", settings.datacenter), ("ns", settings.namespace), ("partition", settings.partition)]
        let fields = (query + places.filter { !$0.1.isEmpty }).map { "\($0)=\(PercentEncoding.query($1))" }
        let url = settings.address + path + (fields.isEmpty ? "" : "?\(fields.joined(separator: "&"))")
        var headers: HTTPHeaders = ["Accept": "application/json"]
        if let token = settings.token, !token.isEmpty { headers.add(name: "X-Consul-Token", value: token) }
        let answer: HTTPAnswer
        do throws(FetchError) {
            answer = try await client.get(
                url, headers, timeout: Self.patience + .seconds(15), limit: byteLimit)
        } catch { throw DiscoveryFailure(error) }
        guard answer.status == 200 else {
            throw DiscoveryFailure("Get \(goQuoted(url)): HTTP status \(answer.status)")
        }
        let index = answer.headers.first(name: "X-Consul-Index").flatMap { UInt64($0) } ?? 0
        return Answer(json: try JSONDocument.read(Array(answer.body.readableBytesView)), index: index)
    }
}
