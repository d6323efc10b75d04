/// The page of a mail.
enum DefaultEmailPage {
    private static let font = "font-family: 'Helvetica Neue', Helvetica, Arial, sans-serif; font-size: 14px;"

    private static func alerts(_ state: String) -> String {
        """
        {{ if .Alerts.\(state) }}<h3>[{{ len .Alerts.\(state) }}] \(state)</h3>
        {{ range .Alerts.\(state) }}<div style="border-top: 1px solid #ddd; padding: 10px 0;">
        <strong>Labels</strong><br>
        {{ range .Labels.SortedPairs }}{{ .Name }} = {{ .Value }}<br>
        {{ end }}{{ if .Annotations }}<strong>Annotations</strong><br>
        {{ range .Annotations.SortedPairs }}{{ .Name }} = {{ .Value }}<br>
        {{ end }}{{ end }}{{ if .GeneratorURL }}<a href="{{ .GeneratorURL }}">Source</a>{{ end }}
        </div>
        {{ end }}{{ end }}
        """
    }

    static let source = """
        <!DOCTYPE html>
        <html>
        <head>
        <meta name="viewport" content="width=device-width">
        <meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
        <title>{{ template "__subject" . }}</title>
        </head>
        <body style="margin: 0; padding: 20px; background-color: #f6f6f6; \(font)">
        <div style="max-width: 600px; margin: 0 auto; padding: 20px; background-color: #fff; border: 1px solid #eee;">
        {{ if .Alerts.Firing }}<h2 style="padding: 15px; color: #fff; background-color: #e6522c;">\
        {{ else }}<h2 style="padding: 15px; color: #fff; background-color: #68b90f;">{{ end }}\
        {{ len .Alerts }} alert{{ if gt (len .Alerts) 1 }}s{{ end }}{{ if .GroupLabels }} for\
        {{ range .GroupLabels.SortedPairs }} {{ .Name }}={{ .Value }}{{ end }}{{ end }}</h2>
        <p><a href="{{ template "__alertmanagerURL" . }}">View in {{ template "__alertmanager" . }}</a></p>
        \(alerts("Firing"))
        \(alerts("Resolved"))
        <p><a href="{{ .ExternalURL }}">Sent by {{ template "__alertmanager" . }}</a></p>
        </div>
        </body>
        </html>
        """
}
