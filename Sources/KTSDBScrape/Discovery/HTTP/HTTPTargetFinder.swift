internal import KTSDBModel
internal import NIOCore
internal import NIOHTTP1

/// Fetches a list of targets from a web server.
struct HTTPTargetFinder: TargetFinder {
    let address: WebLocation
    let interval: Duration
    /// The longest list, in bytes.
    let byteLimit: Int
    let client: DocumentClient

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
        return try groups(Array(document.body.readableBytesView))
    }

    func close() async { await client.close() }

    private func groups(_ bytes: [UInt8]) throws(DiscoveryFailure) -> [TargetGroup] {
        do throws(JSONTargets.Problem) {
            return try JSONTargets.groups(in: bytes).map { group in
                TargetGroup(addresses: group.addresses, labels: group.labels.setting("__meta_url", to: address.text))
            }
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
