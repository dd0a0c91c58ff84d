import './theme/mantine.css'
import './theme/fonts.css'
import './theme/tokens.css'
import './theme/base.css'
import './theme/controls.css'
import './i18n'

import { createRoot } from 'react-dom/client'

import { App } from './app/App'
import { installWorker, mindLostParts } from './app/renewal'

mindLostParts()
installWorker()

const root = document.getElementById('root')
if (root) createRoot(root).render(<App />)
