internal import KTSDBConfiguration
internal import KTSDBModel
internal import NIOCore
internal import Synchronization

/// Turns the records of names into targets.
final class DNSTargetFinder: TargetFinder {
    private let settings: DNSDiscovery
    private let found: FoundTargets
    private let resolver: DNSResolver
    /// The targets of each name, as of its last successful look-up.
    private let known = Mutex<[String: [TargetGroup]]>([:])

    init(_ settings: DNSDiscovery, _ found: FoundTargets) {
        self.settings = settings
        self.found = found
        resolver = DNSResolver(found.surroundings.options)
    }

    /// Looks up all names. A name that cannot be looked up keeps its targets.
    func find() async throws(DiscoveryFailure) -> [TargetGroup] {
        await withDiscardingTaskGroup { group in
            for name in settings.names { group.addTask { await self.find(name) } }
        }
        let known = known.withLock { $0 }
        return settings.names.flatMap { known[$0] ?? [] }
    }

    func close() async {}

    private func find(_ name: String) async {
        found.surroundings.figures.count(DNSDiscovery.lookups)
        do throws(DiscoveryFailure) {
            let groups = try await resolver.records(of: name, settings.type).compactMap { group($0, of: name) }
            known.withLock { $0[name] = groups }
        } catch {
            if Task.isCancelled { return }
            found.surroundings.figures.count(DNSDiscovery.failures)
            found.report(ConfigurationError(file: DNSDiscovery.key, line: nil, reason: error.description))
        }
    }

    private func group(_ record: DNSMessage.Record, of name: String) -> TargetGroup? {
        var labels = MetaLabels("dns_")
        labels.set("name", name)
        switch record {
        case .address(let bytes):
            guard let address = try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0).ipAddress else {
                return nil
            }
            return labels.group(NetworkAddress.joined(address, settings.port))
        case .service(let target, let port):
            labels.set("srv_record_target", target)
            labels.set("srv_record_port", String(port))
            return labels.group(NetworkAddress.joined(Self.withoutDot(target), port))
        case .mailServer(let target):
            labels.set("mx_record_target", target)
            return labels.group(NetworkAddress.joined(Self.withoutDot(target), settings.port))
        case .nameServer(let target):
            labels.set("ns_record_target", target)
            return labels.group(NetworkAddress.joined(Self.withoutDot(target), settings.port))
        case .other: return nil
        }
    }

    private static func withoutDot(_ name: String) -> String { name.hasSuffix(".") ? String(name.dropLast()) : name }
}
