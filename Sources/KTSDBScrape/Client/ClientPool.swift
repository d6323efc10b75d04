internal import AsyncHTTPClient
internal import KTSDBConfiguration
package import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// The HTTP clients of requests; those with the same settings, proxy and names share one. A client is made anew when a
/// file that its TLS settings name has changed.
///
/// A missing or broken file costs only the requests that need it: they fail, say so, and succeed again once the file is
/// there.
package final class ClientPool: Sendable {
    private struct Key: Hashable {
        var settings: HTTPClientSettings
        var proxy: WebLocation?
        /// The host that is reached, and the name that its certificate has to have.
        var override: [String]
    }

    private struct Entry {
        var client: SharedClient
        /// Of the files of certificates, when the client was created.
        var stamps: [LocalFile.Stamp?]
    }

    /// A client for an address, and what to request with it.
    package struct Route: Sendable {
        package var client: SharedClient
        package var url: String
        /// The header `Host`, where it is not that of the address.
        package var host: String?
    }

    /// How many clients there are at most: with more, as redirects to ever new places make them, all are made anew.
    private static let countLimit = 1_000
    private let connectionLimit: Int
    private let idleTime: TimeAmount
    private let entries = Mutex<[Key: Entry]>([:])

    /// Creates a pool without clients. Many targets may share one address, of which none waits for another's answer, so
    /// there may be up to `connectionLimit` connections to it. One that is idle is closed after `idleTime`.
    package init(connectionLimit: Int = 256, idleTime: TimeAmount = .minutes(5)) {
        self.connectionLimit = connectionLimit
        self.idleTime = idleTime
    }

    /// Returns the client for an address. Costs a look at each file that the TLS settings name.
    package func route(_ settings: HTTPClientSettings, to location: WebLocation) throws -> Route {
        let original = location, proxy = settings.proxy.proxy(for: location)
        var location = location, override: [String] = []
        if let name = settings.tls.serverName, location.scheme == "https", name != location.host {
            override = [name, location.host]
            location.host = name
        }
        let key = Key(settings: settings.ofConnections, proxy: proxy, override: override)
        // Taken before reading, so that a change in between is noticed the next time.
        let stamps = settings.tls.paths.map(LocalFile.stamp)
        let client = try entries.withLock { entries in
            if let entry = entries[key], entry.stamps == stamps { return entry.client }
            entries[key] = nil
            if entries.count >= Self.countLimit { entries = [:] }
            let client = SharedClient(try makeClient(key))
            entries[key] = Entry(client: client, stamps: stamps)
            return client
        }
        return Route(client: client, url: location.text, host: override.isEmpty ? nil : original.authority)
    }

    private func makeClient(_ key: Key) throws -> HTTPClient {
        try key.settings.makeClient { configuration in
            // Redirects are followed by those who know which headers must stay: see ``Redirects``.
            configuration.redirectConfiguration = .disallow
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionLimit
            configuration.connectionPool.idleTimeout = idleTime
            if key.override.count == 2 { configuration.dnsOverride = [key.override[0]: key.override[1]] }
            configuration.proxy = key.proxy.map { $0.clientProxy(key.settings.proxy.headers) }
        }
    }

    /// Lets go of all clients: each ends when its last request has.
    package func forget() { entries.withLock { $0 = [:] } }

    /// Closes all connections; requests in progress fail.
    package func close() async {
        let clients = entries.withLock { entries in
            defer { entries = [:] }
            return entries.values.map(\.client)
        }
        for client in clients { await client.close() }
    }
}

extension HTTPClientSettings {
    /// What matters to a connection.
    fileprivate var ofConnections: HTTPClientSettings {
        var result = HTTPClientSettings()
        result.usesHTTP2 = usesHTTP2
        result.tls = tls
        result.proxy.headers = proxy.headers
        return result
    }
}

extension WebLocation {
    /// The proxy at this address, as the client library wants it.
    fileprivate func clientProxy(_ connectHeaders: [ProxySettings.Header]) -> HTTPClient.Configuration.Proxy {
        if scheme == "socks5" { return .socksServer(host: host, port: effectivePort) }
        var headers = HTTPHeaders()
        for header in connectHeaders {
            for value in header.values { headers.add(name: header.name, value: value) }
        }
        let authorization = basicAuthorization.map { credentials in
            HTTPClient.Authorization.basic(credentials: String(credentials.dropFirst("Basic ".count)))
        }
        return .server(host: host, port: effectivePort, authorization: authorization, connectHeaders: headers)
    }
}
