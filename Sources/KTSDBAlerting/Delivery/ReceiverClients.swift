internal import AsyncHTTPClient
internal import KTSDBConfiguration
internal import KTSDBNotify
internal import KTSDBScrape
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// The HTTP clients of all integrations; those with the same settings share one.
final class ReceiverClients: Sendable {
    private struct Key: Hashable {
        var settings: HTTPClientSettings
        var proxy: WebLocation?
        var proxyHeaders: [[String]]
        /// The host that is reached, and the name that its certificate has to have.
        var override: [String]
    }

    private struct Entry {
        var client: SharedClient
        /// Of the files of certificates, when the client was created.
        var stamps: [LocalFile.Stamp?]
    }

    /// Connections to one host at the same time.
    private static let connectionLimit = 64
    private let entries = Mutex<[Key: Entry]>([:])

    /// A client for an address, and what to request with it.
    struct Route: Sendable {
        var client: SharedClient
        var url: String
        /// The header `Host`, where it is not that of the address.
        var host: String?
    }

    /// Returns the client for an address. Looks at each file that the TLS settings name.
    func route(_ settings: ReceiverSettings, to location: WebLocation) throws -> Route {
        let original = location, proxy = settings.proxy.proxy(for: location)
        var location = location, override: [String] = []
        if let name = settings.serverName, location.scheme == "https", name != location.host {
            override = [name, location.host]
            location.host = name
        }
        let key = Key(
            settings: settings.client.withoutHeaders, proxy: proxy,
            proxyHeaders: settings.proxy.headers, override: override)
        let stamps = settings.client.tls.paths.map(LocalFile.stamp)
        let client = try entries.withLock { entries in
            if let entry = entries[key], entry.stamps == stamps { return entry.client }
            let client = SharedClient(try Self.makeClient(key))
            entries[key] = Entry(client: client, stamps: stamps)
            return client
        }
        return Route(client: client, url: location.text, host: override.isEmpty ? nil : original.authority)
    }

    private static func makeClient(_ key: Key) throws -> HTTPClient {
        try key.settings.makeClient { configuration in
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionLimit
            configuration.connectionPool.idleTimeout = .seconds(60)
            if key.override.count == 2 { configuration.dnsOverride = [key.override[0]: key.override[1]] }
            guard let proxy = key.proxy else { return }
            if proxy.scheme == "socks5" {
                configuration.proxy = .socksServer(host: proxy.host, port: proxy.effectivePort)
                return
            }
            var headers = HTTPHeaders()
            for header in key.proxyHeaders {
                for value in header.dropFirst() { headers.add(name: header[0], value: value) }
            }
            let authorization = proxy.basicAuthorization.map { credentials in
                HTTPClient.Authorization.basic(credentials: String(credentials.dropFirst("Basic ".count)))
            }
            configuration.proxy = .server(
                host: proxy.host, port: proxy.effectivePort, authorization: authorization, connectHeaders: headers)
        }
    }

    /// Lets go of all clients: each ends when its last request has.
    func forget() { entries.withLock { $0 = [:] } }

    /// Closes all connections; requests in progress fail.
    func close() async {
        let clients = entries.withLock { entries in
            defer { entries = [:] }
            return entries.values.map(\.client)
        }
        for client in clients { await client.close() }
    }
}

extension HTTPClientSettings {
    /// What matters to a connection.
    fileprivate var withoutHeaders: HTTPClientSettings {
        var result = self
        result.headers = []
        result.authorization = nil
        return result
    }
}

extension WebLocation {
    /// The header for the name and the password in an address; nil without them.
    var basicAuthorization: String? {
        user.map { user in
            let name = String(decoding: PercentText.decoded(user), as: UTF8.self)
            let secret = String(decoding: PercentText.decoded(password ?? ""), as: UTF8.self)
            return BasicAuthorization.header(name: name, password: secret)
        }
    }
}

/// Texts with percent signs, as they are in addresses.
enum PercentText {
    /// Decodes `%41`; what is malformed stays as it is.
    static func decoded(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var result: [UInt8] = [], index = 0
        while index < bytes.count {
            let digits = String(decoding: bytes[index...].dropFirst().prefix(2), as: UTF8.self)
            if bytes[index] == UInt8(ascii: "%"), digits.utf8.count == 2, let byte = UInt8(digits, radix: 16) {
                result.append(byte)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }
}
