/// What waits for alarms.
package protocol AlarmOwner: AnyObject, Sendable {
    /// Does what the alarm with this number was set for, unless it was called off.
    func ring(_ number: UInt32)
    /// Whether the alarm with this number has neither rung nor been called off.
    func waits(for number: UInt32) -> Bool
}

/// Something that is done once, unless it is called off before.
package struct ScrapeAlarm: Sendable {
    private let owner: any AlarmOwner
    private let number: UInt32

    package init(of owner: any AlarmOwner, number: UInt32) {
        self.owner = owner
        self.number = number
    }

    /// Whether it was done or called off.
    package var isOver: Bool { !owner.waits(for: number) }

    /// Does it, unless it is over.
    package func ring() { owner.ring(number) }
}
