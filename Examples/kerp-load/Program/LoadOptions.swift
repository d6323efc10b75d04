internal import ArgumentParser
internal import KerpLoadModel

/// The flags of the command.
struct LoadOptions: ParsableArguments {
    @Option(help: "Where the first instance serves /metrics. Each further one has the next port.")
    var listen = ListenArgument(host: "127.0.0.1", port: 8080)

    @Option(help: "How many instances there are, at most 100. In the bad phase the last of several is down.")
    var instances = 2

    @Option(
        help: "Where the phase is shown and chosen: GET /phase; POST /phase/NAME with good, bad, recovered or auto.")
    var control = ListenArgument(host: "127.0.0.1", port: 8079)

    @Option(help: "How long the good phase takes.")
    var good = DurationArgument(.seconds(240))

    @Option(help: "How long the bad phase takes. The slowest alerts of the seed need 15 minutes to fire.")
    var bad = DurationArgument(.seconds(1080))

    @Option(help: "How long the recovered phase takes.")
    var recovered = DurationArgument(.seconds(780))

    @Flag(help: "What follows the recovered phase: it stays, all begins again, or the program ends.")
    var after = AfterPhases.stay

    @Option(help: "The phase to begin with, which lasts until another one is chosen by POST.")
    var phase: Phase?

    @Option(help: "Requests a second, on average over a day and all instances; from 5 to 10000.")
    var rate = 20.0

    @Option(help: "How often counters move.")
    var tick = DurationArgument(.seconds(1))

    @Option(help: "What random numbers begin with: with the same seed, and at the same time, all values are the same.")
    var seed: UInt64 = 1

    @Option(help: "The file that log lines are appended to; - is standard output, and none is no log.")
    var log = "-"

    @Option(help: "Write the instances to this file for file_sd_configs, with the labels that pods would have.")
    var targetsFile: String?

    @Option(name: .customLong("remote-write"), help: "A remote write URL that samples are sent to; may be repeated.")
    var remoteWrite: [String] = []

    @Option(help: "First send the past as far back as this to --remote-write, such as 25h.")
    var backfill: DurationArgument?

    @Option(help: "The time between two samples of the past.")
    var backfillStep = DurationArgument(.seconds(30))

    @Flag(help: "Go on sending the present to --remote-write.")
    var push = false

    @Option(help: "How often the present is sent.")
    var pushInterval = DurationArgument(.seconds(15))

    @Option(help: "The label job of samples that are sent.")
    var job = "kerp-api"

    func validate() throws {
        guard (1...100).contains(instances) else { throw ValidationError("--instances must be from 1 to 100") }
        guard rate >= 5, rate <= 10_000 else { throw ValidationError("--rate must be from 5 to 10000") }
        guard listen.port == 0 || listen.port + instances <= 65_536 else {
            throw ValidationError("--listen leaves no ports for \(instances) instances")
        }
        guard backfill == nil && !push || !remoteWrite.isEmpty else {
            throw ValidationError("--backfill and --push need --remote-write, the URL to send to")
        }
        for (name, value) in [("tick", tick), ("backfill-step", backfillStep), ("push-interval", pushInterval)] {
            guard value.duration >= .milliseconds(10) else { throw ValidationError("--\(name) must be at least 10ms") }
        }
        guard (backfill?.duration ?? .zero) <= .seconds(400 * 86_400) else {
            throw ValidationError("--backfill must be at most 400d")
        }
    }
}

/// What follows the recovered phase.
enum AfterPhases: String, EnumerableFlag {
    case stay, `repeat`, exit
}

extension Phase: ExpressibleByArgument {}
