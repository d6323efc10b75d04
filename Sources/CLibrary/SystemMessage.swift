/// The system's words for an error number, such as "No space left on device" for 28.
package func systemMessage(_ code: Int32) -> String {
    // SAFETY: strerror returns a string that ends in 0; it is copied at once.
    unsafe String(cString: strerror(code))
}
