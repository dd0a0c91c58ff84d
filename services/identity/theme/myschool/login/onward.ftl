<#-- Nobody is to be left before a page of the sign-in server: whatever it wants to tell, the person goes back to «Моя школа».
     The state that the gateway gave to the sign-in comes along, so that it begins anew by itself and ends at the right page. -->
<#assign gateway = properties.gateway!"">
<!doctype html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Моя школа</title>
</head>
<body>
<noscript><p><a href="${gateway}/signin/problem?code=expired">Продолжить</a></p></noscript>
<script>
const query = new URLSearchParams(location.search)
const data = query.get('client_data') || (query.get('state') || '').split('.')[3] || ''
let state = ''
try {
  state = JSON.parse(atob(data.replace(/-/g, '+').replace(/_/g, '/'))).st || ''
} catch {
  state = ''
}
const gateway = '${gateway?js_string}'
const out = location.pathname.includes('/logout')
const again = '/auth/callback?error=login_required&state=' + encodeURIComponent(state)
location.replace(gateway + (out ? '/signin?left=1' : state ? again : '/signin/problem?code=expired'))
</script>
</body>
</html>
