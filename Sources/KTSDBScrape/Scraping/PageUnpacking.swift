internal import KTSDBHTTP
internal import NIOCore

/// Unpacks pages so that no other target waits for it.
enum PageUnpacking {
    /// Why a page cannot be unpacked.
    enum Failure: Error {
        case damaged(GzipError)
        case limit
        case deadline
        case cancelled
    }

    /// So many bytes are made before others have their turn.
    private static let slice = 1 << 20

    /// The page as it was before it was packed, of at most `limit` bytes; the last one had `sizeHint`.
    ///
    /// What is short is unpacked at once; longer pages on `workers`, in slices of a few milliseconds between which the
    /// jobs of other targets have their turn.
    static func unpack(
        _ page: PackedPage, limit: Int, sizeHint: Int, deadline: NIODeadline, on workers: WorkerExecutor
    ) async throws(Failure) -> Page {
        guard page.isGzipped else { return Page(body: page.body, contentType: page.contentType) }
        let reader = GzipReader(page.body)
        var body = ByteBuffer()
        body.reserveCapacity(min(max(sizeHint, page.body.readableBytes), limit))
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
        return Page(body: body, contentType: page.contentType)
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
