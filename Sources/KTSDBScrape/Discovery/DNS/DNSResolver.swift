internal import KTSDBConfiguration
internal import KTSDBModel

/// Looks up names with the servers and search domains of the machine's resolver file, which is read for each look-up.
struct DNSResolver: Sendable {
    let path: String
    let port: Int

    init(_ options: DiscoveryOptions) {
        path = options.resolverFile
        port = options.resolverPort
    }

    /// Returns the records of a name; an empty list if the name does not exist.
    ///
    /// - Throws: ``DiscoveryFailure`` if the file cannot be read, or if no answer settles whether the name has records.
    func records(of name: String, _ type: DNSRecordType) async throws(DiscoveryFailure) -> [DNSMessage.Record] {
        let text: String
        do { text = try LocalFile.text(path) } catch { throw DiscoveryFailure("could not read \(path): \(error)") }
        let file = ResolverFile(text)
        var failure: String?
        for candidate in file.candidates(for: name) {
            switch await ask(candidate, type, file) {
            case .success(let message): if message.code == .success { return message.records }
            case .failure(let problem): failure = problem.description
            }
        }
        guard let failure else { return [] }
        throw DiscoveryFailure("could not resolve \(goQuoted(name)), type \(type.name): \(failure)")
    }

    /// Asks one server after the other until one says whether the name exists.
    private func ask(
        _ name: String, _ type: DNSRecordType, _ file: ResolverFile
    ) async -> Result<DNSMessage, DiscoveryFailure> {
        var problem = "no servers"
        for _ in 0..<file.attempts {
            for server in file.servers {
                if Task.isCancelled { return .failure(DiscoveryFailure("cancelled")) }
                do {
                    let message = try await ask(name, type, server, file.timeout)
                    guard case .failure(let number) = message.code else { return .success(message) }
                    problem = "server \(server) answers \(goQuoted(name)) with error \(number)"
                } catch {
                    problem = "server \(server) does not answer \(goQuoted(name)): \(Self.reason(error))"
                }
            }
        }
        return .failure(DiscoveryFailure(problem))
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case DNSExchange.Failure.timeout: "no answer in time"
        case DNSExchange.Failure.closed: "the connection was closed"
        default: "\(error)"
        }
    }

    private func ask(
        _ name: String, _ type: DNSRecordType, _ server: String, _ timeout: Duration
    ) async throws -> DNSMessage {
        let exchange = DNSExchange(server: server, port: port, timeout: timeout)
        let message = try await ask(name, type, exchange, overTCP: false)
        // An answer that does not fit into a datagram is requested again over TCP.
        return message.isTruncated ? try await ask(name, type, exchange, overTCP: true) : message
    }

    private func ask(
        _ name: String, _ type: DNSRecordType, _ exchange: DNSExchange, overTCP: Bool
    ) async throws -> DNSMessage {
        let id = UInt16.random(in: .min ... .max)
        guard let question = DNSMessage.query(name, type, id: id, isExtended: !overTCP) else {
            throw DiscoveryFailure("not a name of the domain name system")
        }
        let bytes = try await exchange.ask(question, overTCP: overTCP) { bytes in
            (try? DNSMessage(bytes))?.answers(name, type, id: id) == true
        }
        return try DNSMessage(bytes)
    }
}
