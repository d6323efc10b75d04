internal import CLibrary
internal import KTSDBModel

/// Copies of block files: whole, synced and checked before they get their names.
struct BlockCopy {
    let source: any FileSystem, target: any FileSystem
    /// Called with the number of bytes of each piece that was copied.
    let progress: (Int) -> Void
    private static let pieceByteCount = 1 << 20

    /// Copies the file at `path` to `newPath`. Its name is not durable yet when this returns.
    ///
    /// - Throws: ``BackupError``; nothing is left at `newPath`.
    func copy(_ summary: BlockSummary, at path: String, to newPath: String) throws(BackupError) {
        let temporary = newPath + ".tmp"
        do throws(FileError) {
            if try target.exists(temporary) { try target.remove(temporary) }
            let file = try source.open(path)
            guard file.byteCount == summary.byteCount else {
                throw FileError(path: path, operation: "read", code: EIO, detail: "its length is wrong")
            }
            let copy = try target.create(temporary)
            defer { copy.close() }
            var piece = [UInt8](repeating: 0, count: Int(min(UInt64(Self.pieceByteCount), file.byteCount)))
            var offset: UInt64 = 0
            while offset < file.byteCount {
                var span = piece.mutableSpan
                var raw = span.rawMutableBytes
                let count = try file.read(at: offset, into: &raw)
                guard count > 0 else { throw FileError(path, "read", EIO) }
                do throws(FileError) { try copy.writeAll(piece.span.rawBytes.extracting(first: count)) } catch {
                    throw error.at(temporary)
                }
                offset += UInt64(count)
                progress(count)
            }
            try copy.sync()
        } catch {
            try? target.remove(temporary)
            throw BackupError(error)
        }
        do throws(ReadError) { try Self.verify(summary, target, temporary) } catch {
            try? target.remove(temporary)
            // The one that was copied may have been damaged before.
            do throws(ReadError) { try Self.verify(summary, source, path) } catch { throw BackupError(error) }
            throw BackupError(error)
        }
        do throws(FileError) { try target.rename(temporary, to: newPath) } catch {
            try? target.remove(temporary)
            throw BackupError(error)
        }
    }

    /// Gives the file a second name where the disk allows, without reading it; copies it otherwise.
    ///
    /// - Precondition: Both file systems are one.
    func link(_ summary: BlockSummary, at path: String, to newPath: String) throws(BackupError) {
        let isLinked: Bool
        do throws(FileError) {
            try target.link(path, to: newPath)
            isLinked = try target.identity(of: path) == target.identity(of: newPath)
        } catch { throw BackupError(error) }
        progress(Int(clamping: summary.byteCount))
        guard !isLinked else { return }
        do throws(ReadError) { try Self.verify(summary, target, newPath) } catch { throw BackupError(error) }
    }

    /// Reads all bytes of a block and compares them with their checksums.
    static func verify(_ summary: BlockSummary, _ files: any FileSystem, _ path: String) throws(ReadError) {
        try Block.open(fileSystem: files, path: path, summary: summary).verifyChecksums()
    }
}
