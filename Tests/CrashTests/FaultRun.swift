import KTSDBEngine
import KTSDBTesting

/// A workload that a test runs again and again, on disks that fail at one call after the other.
protocol FaultWorkload {
    init()
    var clock: TestClock { get }
    /// What its database needs besides the configuration of ``Workload``.
    static func configure(_ configuration: inout Database.Configuration) throws
    /// Runs until the end or until the disk has lost its power.
    mutating func run(on disk: SimulatedFileSystem) throws
}

extension FaultWorkload {
    static func open(_ files: any FileSystem, _ clock: TestClock) throws -> Database {
        var configuration = Workload.configuration(clock: clock)
        configuration.openByteLimit = 1 << 20
        try configure(&configuration)
        return try Database(files: files, path: Workload.path, configuration: configuration)
    }

    /// Runs on a disk that fails at this call.
    static func run(_ fault: DiskFault, atCall call: Int) throws -> (workload: Self, disk: SimulatedFileSystem) {
        let disk = SimulatedFileSystem()
        disk.inject(fault, atCall: call)
        var workload = Self()
        try workload.run(on: disk)
        return (workload, disk)
    }
}
