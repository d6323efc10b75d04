internal import CLibrary
package import KTSDBModel

/// The service: several instances that share its requests.
///
/// It is a value without a clock. What it does until a time depends on the seed, the start, the schedule and the tick
/// alone, so that the past can be computed as the present is.
package struct KerpService: Sendable {
    /// How the service is set up.
    package struct Settings: Sendable {
        package var seed: UInt64 = 1
        /// Requests a second, on average over a day and all instances.
        package var rate = 20.0
        /// How far time goes in one step.
        package var tick: Duration = .seconds(1)

        package init() {}
    }

    package let settings: Settings
    package var schedule: PhaseSchedule
    package private(set) var instances: [ServiceInstance]
    /// Until when requests have been answered.
    package private(set) var time: Timestamp
    private var requests = EvenShare()
    private var turn = 0

    /// The most ticks of one call. What is longer ago, because the program or the clock stood still, is left out.
    private static let tickLimit = 10_000

    /// Creates a service with an instance for each of `addresses`, at least one, which begins to work at `start`.
    package init(_ settings: Settings, addresses: [String], schedule: PhaseSchedule, start: Timestamp) {
        precondition(!addresses.isEmpty, "A service has at least one instance.")
        self.settings = settings
        self.schedule = schedule
        time = start
        instances = addresses.enumerated().map { index, address in
            ServiceInstance(address: address, seed: settings.seed &* 1_000_003 &+ UInt64(index))
        }
        measure()
    }

    /// Answers the requests until `end`, in whole ticks, and calls `log` with each.
    package mutating func advance(to end: Timestamp, log: ((ServiceRequest) -> Void)? = nil) {
        let tick = max(1, settings.tick.milliseconds)
        let ticks = (end.milliseconds - time.milliseconds) / tick
        guard ticks > 0 else { return }
        if ticks > Self.tickLimit { time.milliseconds += (ticks - Int64(Self.tickLimit)) * tick }
        while time.milliseconds + tick <= end.milliseconds {
            time.milliseconds += tick
            step(log)
        }
    }

    private mutating func step(_ log: ((ServiceRequest) -> Void)?) {
        let conditions = schedule.phase(at: time).conditions
        measure()
        let up = instances.indices.filter { !instances[$0].isDown }
        let seconds = Double(settings.tick.milliseconds) / 1000
        let count = requests.count(settings.rate * seconds * Self.load(at: time))
        for number in 0..<count {
            turn += 1
            let index = up[turn % up.count], left = settings.tick * (count - number) / (count + 1)
            guard let request = instances[index].serve(at: time - left, conditions, isLogged: log != nil) else {
                continue
            }
            log?(request)
        }
    }

    /// Applies the conditions of the present phase to the instances themselves. A single one does not crash: nothing
    /// would be left to watch.
    private mutating func measure() {
        let conditions = schedule.phase(at: time).conditions
        for index in instances.indices {
            let isLast = index == instances.count - 1 && index > 0
            instances[index].setDown(isLast && conditions.lastInstanceIsDown)
            instances[index].measure(conditions)
        }
    }

    /// How much of the average load there is at a time of the day, UTC: most at 6:00 (15:00 in Seoul), least at 18:00.
    private static func load(at time: Timestamp) -> Double {
        let ofDay = Double(time.milliseconds % 86_400_000) / 86_400_000
        return 1 + 0.35 * sin(2 * .pi * ofDay)
    }
}
