/** `npm run dev`: the page alone with an invented school, or against a living gateway when MYSCHOOL_GATEWAY_URL is set. */
import { mergeConfig } from 'vite'

import { fakeGateway } from './dev/fake'
import base from './vite.config'

const gateway = process.env.MYSCHOOL_GATEWAY_URL

// The gateway takes writes only from its own page.
const headers = { Origin: gateway ?? '' }

export default mergeConfig(
  base,
  gateway
    ? { server: { proxy: { '/api': { target: gateway, ws: true, headers }, '/auth': { target: gateway, headers }, '/status.json': { target: gateway } } } }
    : { plugins: [fakeGateway()] },
)
