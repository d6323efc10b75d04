/// The link that notifications have: `ADDRESS/#/alerts?receiver=NAME`. There Alertmanager has a page of its own.
///
/// What follows the `#` stays in the browser, so the page at the address has a script that opens the answer of the
/// API: the alerts of the receiver.
enum NotificationLink {
    /// The script for a page of a server whose paths begin with `prefix`. The API takes a pattern for the receiver, so
    /// its name is escaped.
    static func script(_ prefix: String) -> String {
        #"""
        <script>
        const link = /^#\/(alerts|silences|status)(\?.*)?$/.exec(location.hash);
        if (link) {
          const query = new URLSearchParams(link[2] || "");
          query.delete("filter");
          if (query.has("receiver")) {
            query.set("receiver", query.get("receiver").replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
          }
          location.replace("\#(prefix)/api/v2/" + link[1] + (query.toString() ? "?" + query : ""));
        }
        </script>
        """#
    }
}
