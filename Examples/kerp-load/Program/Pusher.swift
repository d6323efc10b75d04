internal import KTSDBModel
internal import KerpLoadModel

/// Sends the present of a service again and again.
struct Pusher {
    let clients: [RemoteWriteClient]
    let interval: Duration
    let job: String

    /// Sends at multiples of the interval until the task is cancelled. What a server does not take is reported and
    /// lost, as with a scrape that fails.
    func run(_ host: ServiceHost) async throws {
        var batch = RemoteWriteBatch(job: job)
        let length = max(1, interval.milliseconds)
        while true {
            let passed = Timestamp.now.milliseconds % length
            try await Task.sleep(for: .milliseconds(length - passed))
            guard let service = host.service else { continue }
            batch.scrape(service)
            let body = batch.takeBody()
            await withTaskGroup(of: Void.self) { group in
                for client in clients {
                    group.addTask {
                        do { try await client.send(body) } catch { StatusOutput.write("\(error)") }
                    }
                }
            }
        }
    }
}
