internal import KTSDBModel
internal import KerpLoadModel

/// Sends the past of a service, from the time that it is at until now.
struct Backfill {
    let clients: [RemoteWriteClient]
    let step: Duration
    let job: String

    /// Samples of a request, at most; about a megabyte before it is compressed.
    private static let samplesPerRequest = 10_000

    /// Takes the service to the present, and sends what scrapes would have stored on the way.
    ///
    /// - Returns: How many samples were sent to each server.
    func run(_ service: inout KerpService) async throws -> Int {
        var batch = RemoteWriteBatch(job: job), sent = 0
        var next = service.time + step
        while next <= .now {
            service.advance(to: next)
            batch.scrape(service)
            next = next + step
            guard batch.count >= Self.samplesPerRequest else { continue }
            sent += batch.count
            try await send(batch.takeBody())
        }
        sent += batch.count
        if batch.count > 0 { try await send(batch.takeBody()) }
        return sent
    }

    private func send(_ body: [UInt8]) async throws {
        for client in clients { try await client.send(body) }
    }
}
