internal import KTSDBEngine
internal import KTSDBServer

/// Opens the directory of a database that no server uses.
enum StoredDatabase {
    /// Opens it for reading; nothing is changed.
    static func reading(_ directory: String) throws -> Database {
        guard (try? POSIXFileSystem().exists(directory)) ?? false else {
            throw StartError("the directory \(directory) does not exist")
        }
        do throws(OpenError) { return try Database.reading(path: directory) } catch { throw StartError("\(error)") }
    }

    /// Opens it for changing its deletions. Without maintenance, nothing is removed unless a command does it. A
    /// deletion can be undone as long as its samples are not being removed.
    static func deleting(_ directory: String) throws -> Database {
        try withoutMaintenance(directory) { $0.deletionUndoPeriod = .seconds(100 * 366 * 86_400) }
    }

    /// Opens it for writing; nothing happens unless a command does it.
    static func withoutMaintenance(
        _ directory: String, hint: String = "", _ change: (inout Database.Configuration) -> Void = { _ in }
    ) throws -> Database {
        guard (try? POSIXFileSystem().exists("\(directory)/MANIFEST")) ?? false else {
            throw StartError("\(directory) does not contain a database")
        }
        var configuration = Database.Configuration()
        configuration.runsMaintenance = false
        change(&configuration)
        do throws(OpenError) { return try Database(path: directory, configuration: configuration) } catch {
            if case .locked = error { throw StartError("\(error)\(hint)") }
            throw StartError("\(error)")
        }
    }

    /// Opens it for writing, without retention: samples of any age are kept.
    static func writing(_ directory: String) throws -> Database {
        guard (try? POSIXFileSystem().exists("\(directory)/MANIFEST")) ?? false else {
            throw StartError("\(directory) does not contain a database")
        }
        do throws(OpenError) { return try Database(path: directory) } catch { throw StartError("\(error)") }
    }
}
