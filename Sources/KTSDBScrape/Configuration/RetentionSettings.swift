internal import KTSDBConfiguration
internal import KTSDBModel
internal import PrometheusWire
internal import Yams

/// The section `storage.tsdb.retention`: what is kept of samples. As in Prometheus, a file that has it takes precedence
/// over the flags as a whole: what it does not set is not limited.
public struct RetentionSettings: Hashable, Sendable {
    /// How long samples are kept; nil for no limit.
    public var time: Duration?
    /// How many bytes the database may take; nil for no limit.
    public var size: Int?
    /// Which part of the disk the database may take, in percent; nil for no limit. Takes precedence over ``size``.
    public var percentage: Double?

    /// Settings that limit nothing.
    public init() {}

    /// The settings in Prometheus' words, such as `15d or 512MiB`; empty if there is no limit.
    public var text: String {
        [
            time.map(PrometheusDuration.format), size.map(ByteSize.format),
            percentage.map { "\(goFormat($0))%" },
        ].compactMap { $0 }.joined(separator: " or ")
    }
}

extension RetentionSettings {
    /// Reads the section. Zero means no limit.
    init(_ value: YAMLValue) throws(ConfigurationError) {
        var section = try YAMLSection(value, name: "storage.tsdb.retention")
        if let time = try section.take("time")?.duration(), time != .zero { self.time = time }
        if let value = section.take("size") {
            let size = try value.byteSize()
            guard size >= 0 else {
                throw value.error(
                    "'storage.tsdb.retention.size' must be greater than or equal to 0, got \(try value.string())")
            }
            self.size = size > 0 ? size : nil
        }
        if let value = section.take("percentage") {
            let percentage = try value.number()
            guard percentage >= 0, percentage <= 100 else {
                throw value.error(
                    "'storage.tsdb.retention.percentage' must be in the range [0, 100], got \(goFormat(percentage))")
            }
            self.percentage = percentage > 0 ? percentage : nil
        }
        try section.finish()
    }

    /// The section as YAML.
    var node: Node {
        var section = YAMLMap()
        if let time { section.set("time", PrometheusDuration.format(time)) }
        if let size { section.set("size", ByteSize.format(size)) }
        if let percentage { section.set("percentage", Node(goFormat(percentage))) }
        return section.node
    }
}
