internal import KTSDBModel
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Fetches a list of targets from a web server.
struct HTTPTargetFinder: TargetFinder {
    let address: WebLocation
    let interval: Duration
    /// The longest list, in bytes.
    let byteLimit: Int
    let client: DocumentClient
    private let last = LastList()

    init(address: WebLocation, interval: Duration, byteLimit: Int, client: DocumentClient) {
        (self.address, self.interval, self.byteLimit, self.client) = (address, interval, byteLimit, client)
    }

    /// The last list and the hash of its text. A long list that did not change is not read again, which would take
    /// several times its length in memory.
    private final class LastList: Sendable {
        private let list = Mutex<(hash: [UInt64], groups: [TargetGroup])?>(nil)

        func groups(_ hash: [UInt64]) -> [TargetGroup]? {
            list.withLock { $0?.hash == hash ? $0?.groups : nil }
        }

        func keep(_ groups: [TargetGroup], _ hash: [UInt64]) { list.withLock { $0 = (hash, groups) } }
    }

    func find() async throws(DiscoveryFailure) -> [TargetGroup] {
        var headers: HTTPHeaders = [
            "Accept": "application/json", "X-Prometheus-Refresh-Interval-Seconds": Self.seconds(interval),
        ]
        if let header = address.basicAuthorization { headers.add(name: "Authorization", value: header) }
        let document: HTTPAnswer
        do throws(FetchError) {
            document = try await client.get(
                address.text, headers, timeout: interval, limit: byteLimit)
        } catch { throw DiscoveryFailure(error) }
        guard document.status == 200 else {
            throw DiscoveryFailure("Get \(goQuoted(address.text)): server returned HTTP status \(document.status)")
        }
        let type = document.headers.first(name: "Content-Type") ?? ""
        guard Self.isJSON(type) else {
            throw DiscoveryFailure("Get \(goQuoted(address.text)): unsupported content type \(goQuoted(type))")
        }
        let hash = Self.hash(document.body)
        if let known = last.groups(hash) { return known }
        let found = try groups(Array(document.body.readableBytesView))
        last.keep(found, hash)
        return found
    }

    private static func hash(_ body: ByteBuffer) -> [UInt64] {
        let bytes = body.readableBytesUInt8Span.rawBytes
        return [XXHash64.hash(bytes, seed: 1), XXHash64.hash(bytes, seed: 2), UInt64(body.readableBytes)]
    }

    func close() async { await client.close() }

    private func groups(_ bytes: [UInt8]) throws(DiscoveryFailure) -> [TargetGroup] {
        do throws(JSONTargets.Problem) {
            return try JSONTargets.groups(in: bytes, adding: ("__meta_url", address.text))
        } catch {
            throw DiscoveryFailure("line \(error.line) of the answer of \(goQuoted(address.text)): \(error)")
        }
    }

    private static func isJSON(_ type: String) -> Bool {
        type.lowercased().wholeMatch(of: /\s*application\/json(;\s*charset=("utf-8"|utf-8))?\s*/) != nil
    }

    /// Returns the duration as a decimal number of seconds, as short as possible.
    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        return milliseconds.isMultiple(of: 1000) ? String(milliseconds / 1000) : "\(Double(milliseconds) / 1000)"
    }
}
