/// One backup in a store of backups: the database as it was at one moment.
public struct Backup: Hashable, Sendable {
    /// Its name: a number that ascends from backup to backup, and the time in UTC at which it was made.
    public var name: String
    /// How many blocks it has, their bytes, and the samples in them, deleted ones included.
    public var blocks = 0, byteCount: UInt64 = 0, samples: UInt64 = 0
    /// The times of its earliest and latest sample, in milliseconds since the Unix epoch; nil if it has no samples.
    public var minTime: Int64?, maxTime: Int64?
    /// The last commit in it.
    public var sequence: UInt64 = 0
    /// Why its list of blocks cannot be read; nil if it can.
    public var damage: String?
}

/// What making a backup took.
public struct BackupReport: Hashable, Sendable {
    /// The backup.
    public var backup: Backup
    /// The blocks that the store lacked, and their bytes; the others are shared with earlier backups.
    public var copiedBlocks = 0, copiedBytes: UInt64 = 0
    /// The older backups that were removed, and how many blocks went with them.
    public var removedBackups: [String] = [], removedBlocks = 0
}

/// How far a backup, a restore or a clone is.
public struct CopyProgress: Hashable, Sendable {
    /// Bytes that are copied, and all that are to be copied.
    public var bytes: UInt64 = 0, total: UInt64 = 0
}
