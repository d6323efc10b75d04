internal import KTSDBScrape
internal import ServiceLifecycle

/// Scrapes from the moment the database is open.
struct ScrapeService: Service {
    let state: ServerState

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            let scraping = try await state.whenReady.scraping
            await scraping.apply(state.configuration)
            await scraping.run()
        }
    }
}
