internal import Hummingbird
internal import KTSDBConfiguration
package import KTSDBEngine
internal import KTSDBModel
package import PrometheusWire

extension AdminRoutes {
    func addRetention(to group: RouterGroup<ServerRequestContext>) {
        group.route("admin/tsdb/retention/preview", [.get, .post], preview)
    }

    /// Says what the limits in force would remove, or others: each of `time`, `size` and `percentage` replaces the
    /// limit in force, 0 by none; `rules` replaces the rules by those in the text, as YAML.
    private func preview(_ request: Request, _ context: ServerRequestContext) async throws -> Response {
        let database = try database, parameters = try await RequestParameters(request)
        if let problem = parameters.problem { throw APIError(.badData, "error parsing form values: \(problem)") }
        let limits = try Self.limits(parameters, database.retentionLimits)
        let preview = try await state.read(context) { readLimits in
            do throws(RetentionPreviewError) {
                return try database.retentionPreview(limits, readLimits: readLimits)
            } catch {
                if let cause = error.cause { throw cause }
                throw error
            }
        }
        if request.headers[.accept]?.hasPrefix("text/plain") ?? false { return .text(preview.text) }
        return .success { $0.preview(preview) }
    }

    private static func limits(
        _ parameters: RequestParameters, _ known: RetentionLimits
    ) throws(APIError) -> RetentionLimits {
        do throws(RetentionLimitProblem) {
            return try RetentionLimits(
                known, time: parameters["time"], size: parameters["size"], percentage: parameters["percentage"],
                rules: parameters["rules"])
        } catch { throw APIError.invalidParameter(error.name, error.reason) }
    }
}

/// Which limit of a preview is invalid, and why.
package struct RetentionLimitProblem: Error, CustomStringConvertible {
    /// `time`, `size`, `percentage` or `rules`.
    package var name: String
    package var reason: String

    package var description: String { "\(name): \(reason)" }
}

extension RetentionLimits {
    /// Returns `known`, changed by texts that are not empty. A `time`, `size` or `percentage` of 0 is no limit; `rules`
    /// are the YAML of `retention_rules`.
    package init(
        _ known: RetentionLimits, time: String, size: String, percentage: String, rules: String
    ) throws(RetentionLimitProblem) {
        self = known
        if !time.isEmpty {
            guard let duration = PrometheusDuration.parse(time) else {
                throw RetentionLimitProblem(name: "time", reason: "not a valid duration: \"\(time)\"")
            }
            age = duration > .zero ? duration : nil
        }
        if !size.isEmpty {
            guard let bytes = ByteSize.parse(size), bytes >= 0 else {
                throw RetentionLimitProblem(name: "size", reason: "not a valid size: \"\(size)\"")
            }
            byteLimit = bytes > 0 ? UInt64(bytes) : nil
        }
        if !percentage.isEmpty {
            guard let part = Double(percentage), part >= 0, part <= 100 else {
                throw RetentionLimitProblem(name: "percentage", reason: "not a number from 0 to 100: \"\(percentage)\"")
            }
            diskPercentage = part > 0 ? part : nil
        }
        guard !rules.isEmpty else { return }
        do throws(ConfigurationError) {
            let value = try YAMLValue.document(rules, file: "rules")
            self.rules =
                try value.map { value throws(ConfigurationError) in
                    try RetentionRuleSettings(reading: value).rules
                } ?? .none
        } catch { throw RetentionLimitProblem(name: "rules", reason: "\(error)") }
    }
}

extension JSONWriter {
    /// Writes a preview; times are in milliseconds since 1970, as those of blocks.
    package mutating func preview(_ preview: RetentionPreview) {
        object { json in
            json.array("classes", preview.classes) { $0.part($1) }
            json.object("size") { json in
                json.member("usedBytes", Int(clamping: preview.usedBytes))
                if let limit = preview.byteLimit { json.member("limitBytes", Int(clamping: limit)) }
                json.object("removed") { $0.loss(preview.size) }
            }
            json.member("paused", preview.isPaused)
            json.member("unreadBlocks", preview.unread.map { Int(clamping: $0) })
        }
    }

    private mutating func part(_ part: RetentionPreview.Class) {
        object { json in
            if let name = part.name { json.member("rule", name) }
            json.member("keep", part.keep.map(PrometheusDuration.format) ?? "")
            if let horizon = part.horizon { json.member("horizon", Int(horizon.milliseconds)) }
            json.member("series", part.series)
            json.object("removed") { $0.loss(part.loss) }
        }
    }

    private mutating func loss(_ loss: RetentionPreview.Loss) {
        member("series", loss.series)
        member("samples", Int(clamping: loss.samples))
        member("bytes", Int(clamping: loss.bytes))
        member("blocks", loss.blocks)
        if let times = loss.times {
            member("minTime", Int(times.lowerBound.milliseconds))
            member("maxTime", Int(times.upperBound.milliseconds))
        }
    }
}

extension RetentionPreview {
    /// The preview as text for people: a line for each class of series, and one for the limit of size.
    package var text: String {
        var lines = classes.map { part in
            let keep = part.keep.map { "keeps \(PrometheusDuration.format($0))" } ?? "keeps everything"
            let name = part.name.map { "rule \($0)" } ?? (classes.count > 1 ? "other series" : "all series")
            return "\(name) (\(part.series) series, \(keep)): \(part.loss.text)"
        }
        if let byteLimit {
            let used = ByteSize.format(Int(clamping: usedBytes)), limit = ByteSize.format(Int(clamping: byteLimit))
            lines.append("size (\(used) used, limit \(limit)): \(size.text)")
        }
        if isPaused { lines.append("The clock has jumped: nothing goes for its age before it is back or confirmed.") }
        if !unread.isEmpty {
            lines.append(
                "Blocks that cannot be read are not counted: \(unread.map { "\($0)" }.joined(separator: ", ")).")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension RetentionPreview.Loss {
    fileprivate var text: String {
        guard let times, samples > 0 else { return "nothing is removed" }
        return "\(samples) samples of \(series) series in \(blocks) block\(blocks == 1 ? "" : "s") are removed, about "
            + "\(bytes) bytes, from \(RFC3339.format(times.lowerBound)) to \(RFC3339.format(times.upperBound))"
    }
}
