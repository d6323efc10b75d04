internal import AsyncHTTPClient
internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBNotify
package import KTSDBScrape
internal import NIOCore
internal import PrometheusWire

/// `check service-discovery`: which targets the sources of a job find, and what relabelling makes of them.
package struct ServiceDiscoveryCheck: Sendable {
    private let files: ToolFiles
    private let options: ToolOptions
    /// How long is waited for targets.
    package var timeout = Duration.seconds(30)
    /// Where discoveries find what is the same for all configurations.
    package var discovery = DiscoveryOptions()

    package init(_ files: ToolFiles, _ options: ToolOptions) {
        self.files = files
        self.options = options
    }

    /// Prints the targets of a job of a configuration file as JSON. Blocks the thread for as long as it waits, so it
    /// must not be one of those that run tasks.
    package func run(_ path: String, job name: String) -> ToolOutput {
        if let refusal = ToolArguments.refusal([path], files, options) { return refusal }
        var output = ToolOutput()
        do throws(ToolFileError) {
            let jobs = try configuration(path).jobs
            guard let job = jobs.first(where: { $0.name == name }) else {
                output.complain("Job \(name) not found. Select one of:")
                for job in jobs { output.complain("\t\(job.name)") }
                output.code = 1
                return output
            }
            report(search(job), of: job, &output)
        } catch {
            output.complain("Cannot load config \(error)")
            output.code = 1
        }
        return output
    }

    private func configuration(_ path: String) throws(ToolFileError) -> Configuration {
        let text = try files.text(path)
        do throws(ConfigurationError) {
            return try PrometheusFile.read(text, path: path, files, options).configuration
        } catch { throw ToolFileError("parsing YAML file \(path): \(error.reason)") }
    }

    private func search(_ job: ScrapeJob) -> TargetSearch {
        let future = HTTPClient.defaultEventLoopGroup.any().makeFutureWithTask { [timeout, discovery] in
            await TargetSearch.run(job.sources, for: timeout, options: discovery)
        }
        // The task does not throw.
        return (try? future.wait()) ?? TargetSearch()
    }

    private func report(_ search: TargetSearch, of job: ScrapeJob, _ output: inout ToolOutput) {
        for failure in search.failures { output.complain("\(failure)") }
        var seen: Set<[UInt8]> = [], results: [JSONTree] = []
        for group in search.groups {
            for address in group.addresses {
                let result = Self.result(TargetGroup(addresses: [address], labels: group.labels), job)
                if seen.insert(result.encoded).inserted { results.append(result) }
            }
        }
        output.write(IndentedJSON.text(.array(results)))
    }

    private static func result(_ group: TargetGroup, _ job: ScrapeJob) -> JSONTree {
        var members: [(String, JSONTree?)] = []
        switch Target.candidates(of: group, job: job).first {
        case .target(let target):
            members = [("discoveredLabels", map(target.discoveredLabels)), ("labels", map(target.labels))]
        case .dropped(let discovered, _): members = [("discoveredLabels", map(discovered)), ("labels", .object([]))]
        case .invalid(let reason):
            var labels = LabelsBuilder(group.labels)
            labels.set("__address__", group.addresses.first ?? "")
            members = [
                ("discoveredLabels", map((try? labels.build()) ?? [:])), ("labels", .object([])),
                ("error", .string(reason)),
            ]
        case nil: break
        }
        return .members(members)
    }

    private static func map(_ labels: Labels) -> JSONTree {
        .object(labels.map { JSONTree.Member($0.name, .string($0.value)) })
    }
}
