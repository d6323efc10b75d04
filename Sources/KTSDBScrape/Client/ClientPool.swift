internal import AsyncHTTPClient
internal import KTSDBConfiguration
package import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// HTTP clients: requests with the same settings, proxy and host names share one. A client is replaced when a file that
/// its TLS settings name has changed.
///
/// A missing or broken file affects only the requests that need it: they fail with an error that names the file, until
/// the file is there again.
package final class ClientPool: Sendable {
    private struct Key: Hashable {
        var settings: HTTPClientSettings
        var proxy: WebLocation?
        /// The name that the certificate must have, and the host to connect to; empty if they are the same.
        var override: [String]
    }

    private struct Entry {
        var client: SharedClient
        /// The stamps of the certificate files when the client was created.
        var stamps: [LocalFile.Stamp?]
    }

    /// A client for an address, and what to request with it.
    package struct Route: Sendable {
        package var client: SharedClient
        package var url: String
        /// The value of the header `Host`; nil if it is that of the address.
        package var host: String?
    }

    /// The most clients in the pool. If redirects to ever new hosts exceed it, the pool forgets all clients.
    private static let countLimit = 1_000
    private let connectionLimit: Int
    private let idleTime: TimeAmount
    private let entries = Mutex<[Key: Entry]>([:])

    /// Creates an empty pool. Many targets may share one address, and none should wait for another's answer, so there
    /// may be up to `connectionLimit` connections to it. An idle connection is closed after `idleTime`.
    package init(connectionLimit: Int = 256, idleTime: TimeAmount = .minutes(5)) {
        self.connectionLimit = connectionLimit
        self.idleTime = idleTime
    }

    /// Returns the client for an address. Checks the stamp of each file that the TLS settings name.
    package func route(_ settings: HTTPClientSettings, to location: WebLocation) throws -> Route {
        let original = location, proxy = settings.proxy.proxy(for: location)
        var location = location, override: [String] = []
        if let name = settings.tls.serverName, location.scheme == "https", name != location.host {
            override = [name, location.host]
            location.host = name
        }
        let key = Key(settings: settings.ofConnections, proxy: proxy, override: override)
        // The stamps are taken before the files are read, so that a change in between is noticed the next time.
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
            // Callers follow redirects themselves, since they know which headers to keep: see ``Redirects``.
            configuration.redirectConfiguration = .disallow
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionLimit
            configuration.connectionPool.idleTimeout = idleTime
            if key.override.count == 2 { configuration.dnsOverride = [key.override[0]: key.override[1]] }
            configuration.proxy = key.proxy.map { $0.clientProxy(key.settings.proxy.headers) }
        }
    }

    /// Releases all clients: each is shut down when its last request has ended.
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
    /// The settings that connections depend on.
    fileprivate var ofConnections: HTTPClientSettings {
        var result = HTTPClientSettings()
        result.usesHTTP2 = usesHTTP2
        result.tls = tls
        result.proxy.headers = proxy.headers
        return result
    }
}

extension WebLocation {
    /// The proxy at this address, in the client library's form.
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
