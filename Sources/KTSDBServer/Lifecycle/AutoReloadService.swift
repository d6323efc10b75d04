internal import KTSDBConfiguration
internal import KTSDBScrape
internal import ServiceLifecycle

/// Reads the files again when one has changed, if a flag asks for that.
struct AutoReloadService: Service {
    let state: ServerState

    func run() async throws {
        let options = state.options
        guard options.reloadsFiles || options.features.reloadsFiles else {
            return try await gracefulShutdown()
        }
        await cancelWhenGracefulShutdown { await watch(every: options.reloadInterval) }
    }

    private func watch(every interval: Duration) async {
        var known = await stamps()
        while true {
            do { try await Task.sleep(for: interval) } catch { return }
            let now = await stamps()
            guard now != known else { continue }
            // A file that is wrong is reported once, until it changes again.
            known = now
            try? await state.reload()
        }
    }

    private func stamps() async -> [String: LocalFile.Stamp?] {
        await state.workers.run { [state] in
            var stamps: [String: LocalFile.Stamp?] = [:]
            for path in state.watchedFiles { stamps.updateValue(LocalFile.stamp(path), forKey: path) }
            return stamps
        }
    }
}

extension ServerState {
    /// The files whose changes a reload would notice.
    fileprivate var watchedFiles: [String] {
        let named = [options.configurationFile, options.settingsFile, options.alertmanager.configurationFile]
        return named.filter { !$0.isEmpty }
            + (configuration.ruleFiles + configuration.jobFiles).flatMap(LocalFile.matching)
    }
}
