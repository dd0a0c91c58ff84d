import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode, Suspense } from 'react'

import { signIn } from '@/api/signin'
import { theme } from '@/theme/theme'

import { queryClient } from './query-client'
import { router } from './router'
import { forgetSeen, keepSeen } from './seen'
import { back, left } from './signing'
import { SignInAgain } from './SignInAgain'

const schemes = localStorageColorSchemeManager({ key: 'myschool.scheme' })

signIn.onSignedOut = left
signIn.onSignedIn = back
signIn.onEnded = forgetSeen
keepSeen(queryClient)

export function App() {
  return (
    <StrictMode>
      <MantineProvider theme={theme} colorSchemeManager={schemes} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
        <QueryClientProvider client={queryClient}>
          <Suspense fallback={null}>
            <RouterProvider router={router} />
            <SignInAgain />
          </Suspense>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>
  )
}
