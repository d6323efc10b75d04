internal import KTSDBHTTP
internal import NIOCore

/// Decompresses bodies without making other targets wait.
enum BodyUnpacking {
    /// Why a body cannot be decompressed.
    enum Failure: Error {
        case damaged(String)
        case refused(FetchError)
        case limit
        case deadline
        case cancelled
    }

    /// The number of bytes that are decompressed before other targets get their turn.
    private static let slice = 1 << 20

    /// Returns the decompressed body, within `bounds`; the previous body had `sizeHint` bytes.
    ///
    /// A short body is decompressed at once; longer ones on `workers`, in slices of a few milliseconds between which
    /// the jobs of other targets get their turn.
    static func unpack(
        _ packed: PackedBody, _ bounds: BodyBounds, sizeHint: Int, deadline: NIODeadline, on workers: WorkerExecutor
    ) async throws(Failure) -> ScrapeBody {
        guard let coding = packed.coding else {
            return ScrapeBody(bytes: packed.bytes, contentType: packed.contentType, share: packed.share)
        }
        var body = Unpacked(
            reader: Reader(packed.bytes, coding), limit: bounds.limit,
            allowance: BodyAllowance(bounds, sizeHint: sizeHint), lines: LineWatch(contentType: packed.contentType))
        body.bytes.reserveCapacity(min(max(sizeHint, packed.bytes.readableBytes), bounds.limit))
        var hasMore = true
        if sizeHint <= slice { hasMore = try body.next() }
        if hasMore {
            let rest: Result<ScrapeBody, Failure> = await withTaskExecutorPreference(workers) {
                var whole = body
                do throws(Failure) {
                    while try whole.next() {
                        if Task.isCancelled { throw .cancelled }
                        guard NIODeadline.now() < deadline else { throw .deadline }
                        await Task.yield()
                    }
                    return .success(whole.body(packed.contentType))
                } catch {
                    return .failure(error)
                }
            }
            return try rest.get()
        }
        return body.body(packed.contentType)
    }

    /// The part of a body that has been decompressed.
    private struct Unpacked {
        let reader: Reader
        let limit: Int
        var allowance: BodyAllowance
        var lines: LineWatch
        var bytes = ByteBuffer()

        func body(_ contentType: String) -> ScrapeBody {
            ScrapeBody(bytes: bytes, contentType: contentType, share: allowance.share)
        }

        /// Decompresses the next slice, and returns whether there is more.
        mutating func next() throws(Failure) -> Bool {
            let start = bytes.readableBytes
            // One byte more than is allowed shows whether there is more.
            let hasMore = try reader.read(min(slice, limit - start + 1), into: &bytes)
            guard bytes.readableBytes <= limit else { throw .limit }
            do throws(FetchError) {
                try allowance.admit(bytes.readableBytes)
                try lines.take(bytes.readableBytesView.dropFirst(start))
            } catch {
                throw .refused(error)
            }
            return hasMore
        }
    }

    /// A reader for one of the codings.
    private enum Reader {
        case gzip(GzipReader)
        case zstd(ZstdReader)

        init(_ bytes: ByteBuffer, _ coding: PackedBody.Coding) {
            switch coding {
            case .gzip: self = .gzip(GzipReader(bytes))
            case .zstd: self = .zstd(ZstdReader(bytes))
            }
        }

        func read(_ count: Int, into body: inout ByteBuffer) throws(Failure) -> Bool {
            switch self {
            case .gzip(let reader):
                do throws(GzipError) { return try reader.read(count, into: &body) } catch {
                    throw .damaged(error.description)
                }
            case .zstd(let reader):
                do throws(ZstdError) { return try reader.read(count, into: &body) } catch {
                    throw .damaged(error.description)
                }
            }
        }
    }
}
