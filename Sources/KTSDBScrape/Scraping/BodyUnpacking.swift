internal import KTSDBHTTP
internal import NIOCore

/// Unpacks bodies so that no other target waits for them.
enum BodyUnpacking {
    /// Why a body cannot be unpacked.
    enum Failure: Error {
        case damaged(GzipError)
        case limit
        case deadline
        case cancelled
    }

    /// So many bytes are made before others have their turn.
    private static let slice = 1 << 20

    /// The body as it was before it was packed, of at most `limit` bytes; the last one had `sizeHint`.
    ///
    /// What is short is unpacked at once; longer bodies on `workers`, in slices of a few milliseconds between which the
    /// jobs of other targets have their turn.
    static func unpack(
        _ packed: PackedBody, limit: Int, sizeHint: Int, deadline: NIODeadline, on workers: WorkerExecutor
    ) async throws(Failure) -> ScrapeBody {
        guard packed.isGzipped else { return ScrapeBody(bytes: packed.bytes, contentType: packed.contentType) }
        let reader = GzipReader(packed.bytes)
        var body = ByteBuffer()
        body.reserveCapacity(min(max(sizeHint, packed.bytes.readableBytes), limit))
        var hasMore = true
        if sizeHint <= slice { hasMore = try next(reader, &body, limit) }
        if hasMore {
            let rest: Result<ByteBuffer, Failure> = await withTaskExecutorPreference(workers) {
                var whole = body
                do throws(Failure) {
                    while try next(reader, &whole, limit) {
                        if Task.isCancelled { throw .cancelled }
                        guard NIODeadline.now() < deadline else { throw .deadline }
                        await Task.yield()
                    }
                    return .success(whole)
                } catch {
                    return .failure(error)
                }
            }
            body = try rest.get()
        }
        return ScrapeBody(bytes: body, contentType: packed.contentType)
    }

    /// Unpacks the next slice; whether there is more.
    private static func next(_ reader: GzipReader, _ body: inout ByteBuffer, _ limit: Int) throws(Failure) -> Bool {
        // One byte more than is allowed tells that there is more.
        let count = min(slice, limit - body.readableBytes + 1)
        let hasMore: Bool
        do throws(GzipError) { hasMore = try reader.read(count, into: &body) } catch { throw .damaged(error) }
        guard body.readableBytes <= limit else { throw .limit }
        return hasMore
    }
}
